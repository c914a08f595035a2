*** Settings ***
Documentation    The portal's answers before anything is signed.

Resource         ../../../resources/regression.resource

Test Tags        area:form


*** Test Cases ***
Form Fails
    [Documentation]    PORTAL_ERROR: error 500.
    Come To The Menu
    Set Portal Fault    form    error-500    tax_code=${ACCOUNT.tax_code}
    End Run With    Open The Form
    Run Should Have Ended    failed    PORTAL_ERROR    text=Hệ thống đang bận. Vui lòng thử lại sau. (PORTAL_ERROR)
    Portal Should Have    registered    submissions=0

Form Is Never Answered
    [Documentation]    PORTAL_TIMEOUT.
    ${profile}    Change Profile    timeouts.page=5
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Menu
    Set Portal Fault    form    timeout    tax_code=${ACCOUNT.tax_code}
    End Run With    Open The Form
    Run Should Have Ended    failed    PORTAL_TIMEOUT    seconds=5    awaited=${SPACE}(chờ form.ready, toast.error)
    Portal Should Have    registered    submissions=0

Form Is Slow
    [Documentation]    The run waits, and goes on.
    Come To The Menu
    Set Portal Fault    form    slow    tax_code=${ACCOUNT.tax_code}
    End Run With    Go On From The Menu
    Run Should Have Ended    dry-run
    Faults Should Have Been Met    form slow
    Portal Should Have    registered    submissions=0

Document Fails
    [Documentation]    PORTAL_ERROR: error 500 when the document is prepared.
    Come To The Registration
    Set Portal Fault    prepare    error-500    tax_code=${ACCOUNT.tax_code}
    Press Đăng ký thay đổi thông tin
    End Run With    Wait For Our Signing Request
    Run Should Have Ended    failed    PORTAL_ERROR    text=Hệ thống đang bận. Vui lòng thử lại sau. (PORTAL_ERROR)
    Portal Should Have    registered    submissions=0

Connection Breaks Before The Document
    [Documentation]    PORTAL_ERROR: no answer.
    Come To The Registration
    Set Portal Fault    prepare    drop-before    tax_code=${ACCOUNT.tax_code}
    Press Đăng ký thay đổi thông tin
    End Run With    Wait For Our Signing Request
    Run Should Have Ended    failed    PORTAL_ERROR
    ...    text=Không nhận được phản hồi từ hệ thống. Vui lòng kiểm tra kết nối mạng. (NO_ANSWER)
    Portal Should Have    registered    submissions=0

Document Never Comes
    [Documentation]    SIGNING_NOT_REQUESTED.
    ${profile}    Change Profile    timeouts.signing=5
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Registration
    Set Portal Fault    prepare    timeout    tax_code=${ACCOUNT.tax_code}
    Press Đăng ký thay đổi thông tin
    End Run With    Wait For Our Signing Request
    Run Should Have Ended    failed    SIGNING_NOT_REQUESTED    seconds=5
    Portal Should Have    registered    submissions=0
