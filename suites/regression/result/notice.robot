*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


*** Settings ***
Documentation    The notice of success, and the proof by logging in again.

Resource         ../../../resources/regression.resource

Test Tags        area:result


*** Test Cases ***
Notice Lacks The Serial
    [Documentation]    It cannot be read: reconciled.
    ${profile}    Change Profile    timeouts.submission=5
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Submission
    Sign
    Wait Until Shown    result.notice
    The Page Lacks    result.serial
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Receive The Answer And Confirm
    Journal Should Have    submitting    reconciling
    Last Figure Should Be Missing Because
    ...    không đọc được thông báo của cổng (cổng không trả lời trong 5 giây (chờ result.notice, toast.error)); thay đổi được xác nhận bằng cách đăng nhập lại
    Portal Should Have    new    submissions=1

Notice Is Looked For In The Wrong Place
    [Documentation]    The profile's selector matches nothing: reconciled, and the evidence names it.
    The Profile Says    timeouts.submission=5    locators.result.notice=".no-such-notice"
    Come To The Submission
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Finish The Update
    Last Figure Should Be Missing Because
    ...    không đọc được thông báo của cổng (cổng không trả lời trong 5 giây (chờ result.notice, toast.error)); thay đổi được xác nhận bằng cách đăng nhập lại
    Portal Should Have    new    submissions=1

Notice Has No Place In The Profile
    [Documentation]    PROFILE_INCOMPLETE, before the portal is contacted.
    The Profile Says    locators.result.notice="?"    locators.form.phone=""    portal.home="?"
    Run Should End    stopped    PROFILE_INCOMPLETE
    ...    Cấu hình “profile” chưa có giá trị mà lần chạy này cần: portal.home (để mở cổng, đăng nhập và đăng xuất); locators.form.phone (để đọc và kiểm tra biểu mẫu); locators.result.notice (để nhận kết quả). Điền vào tệp cấu hình rồi chạy lại; docs/vi/khoa-cau-hinh.md giải thích từng khóa.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0

Notice Has A Place That No Browser Understands
    [Documentation]    PROFILE_INVALID, before the portal is contacted.
    The Profile Says    locators.result.notice="mat-dialog-container:hass([data-result])"
    Run Should End    stopped    PROFILE_INVALID
    ...    Tệp cấu hình “profile” không dùng được: trình duyệt không hiểu bộ định vị của locators.result.notice. Sửa tệp rồi chạy lại; mẫu là variables/sandbox.toml, mọi khóa có ở docs/vi/khoa-cau-hinh.md.
    ...    Come To The Portal
    Portal Should Have    registered    submissions=0

Notice Lacks The Receipt
    [Documentation]    It says what matters without it.
    [Tags]    smoke
    Come To The Submission
    Sign
    Wait Until Shown    result.notice
    The Page Lacks    result.transaction
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Receive The Answer And Confirm
    Receipt Should Be Empty
    Portal Should Have    new    submissions=1

Notice Vanishes
    [Documentation]    Figure 6 and the log-out fail; the account is looked at all the same.
    Come To The Submission
    Sign
    Receive The Portal's Answer
    The Notice Vanishes
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Take The Last Figure And Confirm
    Journal Should Have    accepted    figure-missing    confirmed
    Portal Should Have    new    submissions=1

Notice Is Wrong
    [Documentation]    SUBMISSION_UNKNOWN: the portal announces success and shows the old certificate.
    Come To The Submission
    Sign
    Receive The Portal's Answer
    Leave The Portal
    Register Certificate Meanwhile    ${ACCOUNT.registered_serial}    tax_code=${ACCOUNT.tax_code}
    Run Should End
    ...    unknown
    ...    SUBMISSION_UNKNOWN
    ...    Đã gửi nhưng chưa chắc kết quả: cổng báo thành công nhưng vẫn hiện chứng thư số ${ACCOUNT.registered_serial}. Không gửi lại. Đăng nhập cổng, xem chứng thư số đang đăng ký; chỉ chạy lại khi vẫn là chứng thư số cũ.
    ...    Confirm By Logging In Again
    Portal Should Have    registered    submissions=1
