*** Settings ***
Documentation    The portal's answers to the login, and sessions that end.

Resource         ../../../resources/regression.resource

Test Tags        area:login


*** Test Cases ***
Portal Fails At The Login
    [Documentation]    PORTAL_ERROR: error 500.
    Come To The Portal
    Set Portal Fault    login    error-500    tax_code=${ACCOUNT.tax_code}
    End Run With    Log In Without A Figure
    Run Should Have Ended    failed    PORTAL_ERROR    text=Hệ thống đang bận. Vui lòng thử lại sau. (PORTAL_ERROR)
    Faults Should Have Been Met    login error-500
    Portal Should Have    registered    submissions=0

Connection Breaks At The Login
    [Documentation]    PORTAL_ERROR: no answer.
    Come To The Portal
    Set Portal Fault    login    drop-before    tax_code=${ACCOUNT.tax_code}
    End Run With    Log In Without A Figure
    Run Should Have Ended    failed    PORTAL_ERROR
    ...    text=Không nhận được phản hồi từ hệ thống. Vui lòng kiểm tra kết nối mạng. (NO_ANSWER)
    Portal Should Have    registered    submissions=0

Login Is Never Answered
    [Documentation]    PORTAL_TIMEOUT.
    ${profile}    Change Profile    timeouts.page=5
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Portal
    Set Portal Fault    login    timeout    tax_code=${ACCOUNT.tax_code}
    End Run With    Log In Without A Figure
    Run Should Have Ended    failed    PORTAL_TIMEOUT
    ...    seconds=5    awaited=${SPACE}(chờ account.menu, units.dialog, toast.error)
    Portal Should Have    registered    submissions=0

Login Is Slow
    [Documentation]    The run waits, and goes on.
    Come To The Portal
    Set Portal Fault    login    slow    tax_code=${ACCOUNT.tax_code}
    End Run With    Go On From The Portal
    Run Should Have Ended    dry-run
    Faults Should Have Been Met    login slow
    Portal Should Have    registered    submissions=0

Session Ends Before The Form
    [Documentation]    SESSION_EXPIRED: nothing is submitted.
    Come To The Menu
    Expire Portal Sessions    tax_code=${ACCOUNT.tax_code}
    End Run With    Open The Form
    Run Should Have Ended    failed    SESSION_EXPIRED
    Portal Should Have    registered    submissions=0

Session Ends With The Form
    [Documentation]    SESSION_EXPIRED: the form's own call finds it out.
    Come To The Menu
    Set Portal Fault    form    expire-session    tax_code=${ACCOUNT.tax_code}
    End Run With    Open The Form
    Run Should Have Ended    failed    SESSION_EXPIRED
    Portal Should Have    registered    submissions=0

Session Ends Before The Registration
    [Documentation]    SESSION_EXPIRED: the button is pressed, nobody is asked to sign.
    Come To The Registration
    Expire Portal Sessions    tax_code=${ACCOUNT.tax_code}
    Press Đăng ký thay đổi thông tin
    End Run With    Wait For Our Signing Request
    Run Should Have Ended    failed    SESSION_EXPIRED
    Portal Should Have    registered    submissions=0
