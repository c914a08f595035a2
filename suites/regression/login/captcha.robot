*** Settings ***
Documentation    The captcha: asked again at most twice, answered by whoever is there.

Resource         ../../../resources/regression.resource

Test Tags        area:login


*** Test Cases ***
Wrong Captcha Is Asked Again
    [Documentation]    One wrong answer does not end the run.
    Come To The Portal
    Set Portal Fault    login    captcha-wrong    tax_code=${ACCOUNT.tax_code}
    End Run With    Go On From The Portal
    Run Should Have Ended    dry-run
    Faults Should Have Been Met    login captcha-wrong
    Portal Should Have    registered    submissions=0

Captcha Is Wrong Three Times
    [Documentation]    CAPTCHA_FAILED: not asked a fourth time.
    Come To The Portal
    Set Portal Fault    login    captcha-wrong    times=4    tax_code=${ACCOUNT.tax_code}
    End Run With    Log In Without A Figure
    Run Should Have Ended    stopped    CAPTCHA_FAILED    tries=3
    Faults Should Have Been Met    login captcha-wrong    login captcha-wrong    login captcha-wrong
    Portal Should Have    registered    submissions=0

Nobody Types The Captcha Into The Page
    [Documentation]    CAPTCHA_TIMEOUT: nothing is sent.
    ${profile}    Change Profile    timeouts.operator=1
    VAR    ${PROFILE}    ${profile}    scope=TEST
    VAR    ${CAPTCHA}    operator    scope=TEST
    VAR    ${HEADLESS}    False    scope=TEST
    Come To The Portal
    End Run With    Log In Without A Figure
    Run Should Have Ended    stopped    CAPTCHA_TIMEOUT    seconds=1
    Portal Should Have    registered    submissions=0

Captcha Is Left Empty
    [Documentation]    PORTAL_TIMEOUT: the page complains and sends nothing.
    ${profile}    Change Profile    timeouts.page=5
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Portal
    Press    home.login
    Fill In The Login Dialog
    Answer The Captcha
    The Captcha Stays Empty
    Press    login.submit
    End Run With    Wait For The Answer To The Login
    Run Should Have Ended    failed    PORTAL_TIMEOUT
    ...    seconds=5    awaited=${SPACE}(chờ account.menu, units.dialog, toast.error)
    Page Should Say    Vui lòng nhập mã kiểm tra.
    Portal Should Have    registered    submissions=0

Operator Types The Captcha And Presses Enter
    [Documentation]    The form is held back until the run is ready, and the login goes on.
    VAR    ${CAPTCHA}    operator    scope=TEST
    VAR    ${HEADLESS}    False    scope=TEST
    Come To The Portal
    Press    home.login
    Fill In The Login Dialog
    Somebody Types The Captcha And Presses Enter
    Answer The Captcha
    Let The Form Go
    Press    login.submit
    Wait For The Answer To The Login
    Somebody Should Have Pressed Enter
    End Run With    Go On From The Menu
    Run Should Have Ended    dry-run
    Portal Should Have    registered    submissions=0
