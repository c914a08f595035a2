*** Settings ***
Documentation    Which certificate of the token may be registered.

Resource         ../../../resources/regression.resource

Test Tags        area:form


*** Test Cases ***
Certificate Is Another Account's
    [Documentation]    CERT_MST_MISMATCH.
    [Setup]    Create The Account    other-account
    Come To The Form
    ${other}    New Certificate On The Token
    End Run With    Show The New Certificate
    Run Should Have Ended    stopped    CERT_MST_MISMATCH    found=${other.tax_code}    expected=${ACCOUNT.tax_code}
    Portal Should Have    registered    submissions=0

New Certificate Has Expired
    [Documentation]    CERT_EXPIRED.
    [Setup]    Create The Account    expired
    Come To The Form
    ${expired}    Day Of The New Certificate    not_after
    End Run With    Show The New Certificate
    Run Should Have Ended    stopped    CERT_EXPIRED    serial=${ACCOUNT.new_serial}    date=${expired}
    Portal Should Have    registered    submissions=0

New Certificate Is Not Valid Yet
    [Documentation]    CERT_NOT_YET_VALID.
    [Setup]    Create The Account    not-yet-valid
    Come To The Form
    ${begins}    Day Of The New Certificate    not_before
    End Run With    Show The New Certificate
    Run Should Have Ended    stopped    CERT_NOT_YET_VALID    serial=${ACCOUNT.new_serial}    date=${begins}
    Portal Should Have    registered    submissions=0

New Certificate Is Revoked
    [Documentation]    CERT_REVOKED: it is not even shown to the page.
    Come To The Form
    Choose The New Certificate
    Revoke Sandbox Certificate    ${ACCOUNT.new_serial}
    End Run With    Validate The New Certificate
    Run Should Have Ended    stopped    CERT_REVOKED    serial=${ACCOUNT.new_serial}
    Portal Should Have    registered    submissions=0

Issuer Is Not Believed
    [Documentation]    CERT_UNTRUSTED.
    [Setup]    Create The Account    registered    unknown-ca
    Come To The Form
    Choose The New Certificate
    End Run With    Validate The New Certificate
    Run Should Have Ended    stopped    CERT_UNTRUSTED
    ...    serial=${ACCOUNT.new_serial}    reason=chứng thư số không do tổ chức chứng thực được tin cậy cấp
    Portal Should Have    registered    submissions=0

Certificate Is Not For Signing
    [Documentation]    CERT_KEY_USAGE.
    [Setup]    Create The Account    registered    wrong-usage
    Come To The Form
    Choose The New Certificate
    End Run With    Validate The New Certificate
    Run Should Have Ended    stopped    CERT_KEY_USAGE    serial=${ACCOUNT.new_serial}
    Portal Should Have    registered    submissions=0

Certificate That Is Asked For Is Not There
    [Documentation]    CERT_SERIAL_NOT_FOUND.
    VAR    ${CERT_SERIAL}    00ff    scope=TEST
    Come To The Form
    End Run With    Show The New Certificate
    Run Should Have Ended    stopped    CERT_SERIAL_NOT_FOUND    serial=ff
    Portal Should Have    registered    submissions=0
