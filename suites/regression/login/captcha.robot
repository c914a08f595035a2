*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


*** Settings ***
Documentation    The captcha: asked again at most twice, answered by whoever is there.

Resource         ../../../resources/regression.resource

Test Tags        area:login


*** Test Cases ***
Wrong Captcha Is Asked Again
    [Documentation]    One wrong answer does not end the run.
    Come To The Portal
    Set Portal Fault    login    captcha-wrong    tax_code=${ACCOUNT.tax_code}
    Run Should End    dry-run    no-error
    ...    CHẠY THỬ: Dừng lại theo yêu cầu trước khi đăng ký thay đổi. Không có gì được gửi lên cổng.
    ...    Go On From The Portal
    Faults Should Have Been Met    login captcha-wrong
    Portal Should Have    registered    submissions=0

Captcha Is Wrong Three Times
    [Documentation]    CAPTCHA_FAILED: not asked a fourth time.
    Come To The Portal
    Set Portal Fault    login    captcha-wrong    times=4    tax_code=${ACCOUNT.tax_code}
    Run Should End    stopped    CAPTCHA_FAILED
    ...    Mã kiểm tra sai 3 lần. Chạy lại và nhập đúng mã kiểm tra.
    ...    Log In Without A Figure
    Faults Should Have Been Met    login captcha-wrong    login captcha-wrong    login captcha-wrong
    Portal Should Have    registered    submissions=0

Nobody Types The Captcha Into The Page
    [Documentation]    CAPTCHA_TIMEOUT: nothing is sent.
    ${profile}    Change Profile    timeouts.operator=1
    VAR    ${PROFILE}    ${profile}    scope=TEST
    VAR    ${CAPTCHA}    operator    scope=TEST
    VAR    ${HEADLESS}    False    scope=TEST
    Come To The Portal
    Run Should End    stopped    CAPTCHA_TIMEOUT
    ...    Không có ai nhập mã kiểm tra trong 1 giây. Chạy lại khi có người ngồi trước máy.
    ...    Log In Without A Figure
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
    Run Should End    failed    PORTAL_TIMEOUT
    ...    Cổng không trả lời trong 5 giây (chờ account.menu, units.dialog, toast.error). Chạy lại sau ít phút; nếu lần nào cũng vậy, báo cho người bảo trì.
    ...    Wait For The Answer To The Login
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
    Run Should End    dry-run    no-error
    ...    CHẠY THỬ: Dừng lại theo yêu cầu trước khi đăng ký thay đổi. Không có gì được gửi lên cổng.
    ...    Go On From The Menu
    Portal Should Have    registered    submissions=0
