*** Settings ***
Documentation    Contact data: what the form submits along is what was asked for, and what was reviewed.

Resource         ../../../resources/regression.resource

Test Tags        area:form


*** Test Cases ***
E-mail Is Not The One Asked For
    [Documentation]    CONTACT_MISMATCH.
    VAR    ${CONTACT_EMAIL}    khac@sandbox.example    scope=TEST
    Come To The Review
    End Run With    Review The Form Against The Token
    Run Should Have Ended    stopped    CONTACT_MISMATCH
    ...    field=thư điện tử    found=${ACCOUNT.email}    expected=khac@sandbox.example
    Portal Should Have    registered    submissions=0

Phone Is Not The One Asked For
    [Documentation]    CONTACT_MISMATCH.
    VAR    ${CONTACT_PHONE}    0900000000    scope=TEST
    Come To The Review
    End Run With    Review The Form Against The Token
    Run Should Have Ended    stopped    CONTACT_MISMATCH
    ...    field=điện thoại    found=${ACCOUNT.phone}    expected=0900000000
    Portal Should Have    registered    submissions=0

Contact Data Is The One Asked For
    [Documentation]    In another case of letters; the run goes on.
    [Tags]    no-fault
    VAR    ${CONTACT_EMAIL}    ${ACCOUNT.email.upper()}    scope=TEST
    VAR    ${CONTACT_PHONE}    ${ACCOUNT.phone}    scope=TEST
    Come To The Form
    End Run With    Go On From The Form
    Run Should Have Ended    dry-run
    Portal Should Have    registered    submissions=0

E-mail Changes After The Review
    [Documentation]    REQUEST_NOT_OURS: the document names another one.
    Come To The Registration
    Somebody Changes The Field    form.email    nguoi-khac@sandbox.example
    Press Đăng ký thay đổi thông tin
    End Run With    Wait For Our Signing Request
    Run Should Have Ended    stopped    REQUEST_NOT_OURS
    ...    reason=thư điện tử trên tờ khai là “nguoi-khac@sandbox.example”, phải là “${ACCOUNT.email}”
    Portal Should Have    registered    submissions=0

Phone Changes After The Review
    [Documentation]    REQUEST_NOT_OURS: the document names another one.
    Come To The Registration
    Somebody Changes The Field    form.phone    0900000000
    Press Đăng ký thay đổi thông tin
    End Run With    Wait For Our Signing Request
    Run Should Have Ended    stopped    REQUEST_NOT_OURS
    ...    reason=điện thoại trên tờ khai là “0900000000”, phải là “${ACCOUNT.phone}”
    Portal Should Have    registered    submissions=0

E-mail Is None
    [Documentation]    PORTAL_REJECTED: the portal does not take it.
    Come To The Registration
    Somebody Changes The Field    form.email    khong-phai-thu
    Press Đăng ký thay đổi thông tin
    End Run With    Wait For Our Signing Request
    Run Should Have Ended    rejected    PORTAL_REJECTED    text=Địa chỉ thư điện tử không hợp lệ. (EMAIL_INVALID)
    Portal Should Have    registered    submissions=0
