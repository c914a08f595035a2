*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


*** Settings ***
Documentation    The portal's answers before anything is signed.

Resource         ../../../resources/regression.resource

Test Tags        area:form


*** Test Cases ***
Form Fails
    [Documentation]    PORTAL_ERROR: error 500.
    Come To The Menu
    Set Portal Fault    form    error-500    tax_code=${ACCOUNT.tax_code}
    Run Should End
    ...    failed
    ...    PORTAL_ERROR
    ...    Cổng báo lỗi: Hệ thống đang bận. Vui lòng thử lại sau. (PORTAL_ERROR) Chạy lại sau ít phút; chưa có gì được gửi đi.
    ...    Open The Form
    Portal Should Have    registered    submissions=0

Form Is Never Answered
    [Documentation]    PORTAL_TIMEOUT.
    ${profile}    Change Profile    timeouts.page=5
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Menu
    Set Portal Fault    form    timeout    tax_code=${ACCOUNT.tax_code}
    Run Should End    failed    PORTAL_TIMEOUT
    ...    Cổng không trả lời trong 5 giây (chờ form.ready, toast.error). Chạy lại sau ít phút; nếu lần nào cũng vậy, báo cho người bảo trì.
    ...    Open The Form
    Portal Should Have    registered    submissions=0

Form Is Slow
    [Documentation]    The run waits, and goes on.
    Come To The Menu
    Set Portal Fault    form    slow    tax_code=${ACCOUNT.tax_code}
    Run Should End    dry-run    no-error
    ...    CHẠY THỬ: Dừng lại theo yêu cầu trước khi đăng ký thay đổi. Không có gì được gửi lên cổng.
    ...    Go On From The Menu
    Faults Should Have Been Met    form slow
    Portal Should Have    registered    submissions=0

Document Fails
    [Documentation]    PORTAL_ERROR: error 500 when the document is prepared.
    Come To The Registration
    Set Portal Fault    prepare    error-500    tax_code=${ACCOUNT.tax_code}
    Press Đăng ký thay đổi thông tin
    Run Should End
    ...    failed
    ...    PORTAL_ERROR
    ...    Cổng báo lỗi: Hệ thống đang bận. Vui lòng thử lại sau. (PORTAL_ERROR) Chạy lại sau ít phút; chưa có gì được gửi đi.
    ...    Wait For Our Signing Request
    Portal Should Have    registered    submissions=0

Connection Breaks Before The Document
    [Documentation]    PORTAL_ERROR: no answer.
    Come To The Registration
    Set Portal Fault    prepare    drop-before    tax_code=${ACCOUNT.tax_code}
    Press Đăng ký thay đổi thông tin
    Run Should End
    ...    failed
    ...    PORTAL_ERROR
    ...    Cổng báo lỗi: Không nhận được phản hồi từ hệ thống. Vui lòng kiểm tra kết nối mạng. (NO_ANSWER) Chạy lại sau ít phút; chưa có gì được gửi đi.
    ...    Wait For Our Signing Request
    Portal Should Have    registered    submissions=0

Document Never Comes
    [Documentation]    SIGNING_NOT_REQUESTED.
    ${profile}    Change Profile    timeouts.signing=5
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Registration
    Set Portal Fault    prepare    timeout    tax_code=${ACCOUNT.tax_code}
    Press Đăng ký thay đổi thông tin
    Run Should End    failed    SIGNING_NOT_REQUESTED
    ...    Trang không gửi yêu cầu ký trong 5 giây. Xem log.html; cổng có thể đã thay đổi.
    ...    Wait For Our Signing Request
    Portal Should Have    registered    submissions=0
