*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


*** Settings ***
Documentation    The portal's answers to the login, and sessions that end.

Resource         ../../../resources/regression.resource

Test Tags        area:login


*** Test Cases ***
Portal Fails At The Login
    [Documentation]    PORTAL_ERROR: error 500.
    Come To The Portal
    Set Portal Fault    login    error-500    tax_code=${ACCOUNT.tax_code}
    Run Should End
    ...    failed
    ...    PORTAL_ERROR
    ...    Cổng báo lỗi: Hệ thống đang bận. Vui lòng thử lại sau. (PORTAL_ERROR) Chạy lại sau ít phút; chưa có gì được gửi đi.
    ...    Log In Without A Figure
    Faults Should Have Been Met    login error-500
    Portal Should Have    registered    submissions=0

Connection Breaks At The Login
    [Documentation]    PORTAL_ERROR: no answer.
    Come To The Portal
    Set Portal Fault    login    drop-before    tax_code=${ACCOUNT.tax_code}
    Run Should End
    ...    failed
    ...    PORTAL_ERROR
    ...    Cổng báo lỗi: Không nhận được phản hồi từ hệ thống. Vui lòng kiểm tra kết nối mạng. (NO_ANSWER) Chạy lại sau ít phút; chưa có gì được gửi đi.
    ...    Log In Without A Figure
    Portal Should Have    registered    submissions=0

Login Is Never Answered
    [Documentation]    PORTAL_TIMEOUT.
    ${profile}    Change Profile    timeouts.page=5
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Portal
    Set Portal Fault    login    timeout    tax_code=${ACCOUNT.tax_code}
    Run Should End    failed    PORTAL_TIMEOUT
    ...    Cổng không trả lời trong 5 giây (chờ account.menu, units.dialog, toast.error). Chạy lại sau ít phút; nếu lần nào cũng vậy, báo cho người bảo trì.
    ...    Log In Without A Figure
    Portal Should Have    registered    submissions=0

Login Is Slow
    [Documentation]    The run waits, and goes on.
    Come To The Portal
    Set Portal Fault    login    slow    tax_code=${ACCOUNT.tax_code}
    Run Should End    dry-run    no-error
    ...    CHẠY THỬ: Dừng lại theo yêu cầu trước khi đăng ký thay đổi. Không có gì được gửi lên cổng.
    ...    Go On From The Portal
    Faults Should Have Been Met    login slow
    Portal Should Have    registered    submissions=0

Session Ends Before The Form
    [Documentation]    SESSION_EXPIRED: nothing is submitted.
    Come To The Menu
    Expire Portal Sessions    tax_code=${ACCOUNT.tax_code}
    Run Should End    failed    SESSION_EXPIRED
    ...    Phiên đăng nhập đã hết hạn giữa chừng. Chạy lại; chưa có gì được gửi đi.
    ...    Open The Form
    Portal Should Have    registered    submissions=0

Session Ends With The Form
    [Documentation]    SESSION_EXPIRED: the form's own call finds it out.
    Come To The Menu
    Set Portal Fault    form    expire-session    tax_code=${ACCOUNT.tax_code}
    Run Should End    failed    SESSION_EXPIRED
    ...    Phiên đăng nhập đã hết hạn giữa chừng. Chạy lại; chưa có gì được gửi đi.
    ...    Open The Form
    Portal Should Have    registered    submissions=0

Session Ends Before The Registration
    [Documentation]    SESSION_EXPIRED: the button is pressed, nobody is asked to sign.
    Come To The Registration
    Expire Portal Sessions    tax_code=${ACCOUNT.tax_code}
    Press Đăng ký thay đổi thông tin
    Run Should End    failed    SESSION_EXPIRED
    ...    Phiên đăng nhập đã hết hạn giữa chừng. Chạy lại; chưa có gì được gửi đi.
    ...    Wait For Our Signing Request
    Portal Should Have    registered    submissions=0
