*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


*** Settings ***
Documentation    What a run leaves behind.

Resource         ../../../resources/regression.resource

Test Tags        area:evidence


*** Test Cases ***
Whole Update Has Six Figures
    [Documentation]    The guide's four steps, with everything.
    [Tags]    smoke    no-fault
    Begin The Run
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Follow The Guide
    Figures Should Be    1    2    3    4    5    6
    Journal Should Have    submitting    signed    accepted    reconciled    confirmed
    Portal Should Have    new    submissions=1

Element To Be Marked Is Missing
    [Documentation]    PORTAL_CHANGED: before the point of no return a figure that fails ends the run.
    Come To The Registration
    The Page Lacks    form.register
    Nobody Waits For Long
    Run Should End
    ...    failed
    ...    PORTAL_CHANGED
    ...    Không tìm thấy “role=button[name="Đăng ký thay đổi thông tin"]” trên trang. Cổng có thể đã thay đổi; báo cho người bảo trì.
    ...    Take Figure Of The Page
    ...    3
    ...    form.register
    Portal Should Have    registered    submissions=0

Evidence Of An Earlier Submission Is Kept
    [Documentation]    It may be the only proof there is.
    [Tags]    no-fault
    Come To The Submission
    Conclude Evidence    FAIL    [INTERRUPTED]
    Close Token
    Run Should End    dry-run    no-error
    ...    CHẠY THỬ: Dừng lại theo yêu cầu trước khi đăng ký thay đổi. Không có gì được gửi lên cổng.
    ...    Begin And Go On
    Earlier Evidence Should Have    submitting
    Portal Should Have    registered    submissions=0
