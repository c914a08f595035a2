*** Settings ***
Documentation    The review of the form against the token, field by field.

Resource         ../../../resources/regression.resource

Test Tags        area:form


*** Test Cases ***
New Serial Differs
    [Documentation]    REVIEW_MISMATCH: nothing is ticked.
    Come To The Review
    The Page Shows Otherwise    certificate.serial    00FF    within=form.new
    End Run With    Review The Form Against The Token
    Run Should Have Ended    stopped    REVIEW_MISMATCH
    ...    field=số chứng thư số    found=ff    expected=${ACCOUNT.new_serial}
    Portal Should Have    registered    submissions=0

Owner Differs
    [Documentation]    REVIEW_MISMATCH: nothing is ticked.
    [Template]    Nothing Is Ticked When The Form Shows
    certificate.owner    CÔNG TY KHÁC    field=chủ thể

MST Differs
    [Documentation]    REVIEW_MISMATCH: nothing is ticked.
    [Template]    Nothing Is Ticked When The Form Shows
    certificate.tax_code    0101234565-001    field=mã số thuế

Issuer Differs
    [Documentation]    REVIEW_MISMATCH: nothing is ticked.
    [Template]    Nothing Is Ticked When The Form Shows
    certificate.issuer    Stranger-CA G1    field=tổ chức chứng thực

Beginning Of The Validity Differs
    [Documentation]    REVIEW_MISMATCH: nothing is ticked.
    [Template]    Nothing Is Ticked When The Form Shows
    certificate.valid_from    01/01/2001 00:00:00    field=hiệu lực từ

End Of The Validity Differs
    [Documentation]    REVIEW_MISMATCH: nothing is ticked.
    [Template]    Nothing Is Ticked When The Form Shows
    certificate.valid_to    31/12/2099 23:59:59    field=hiệu lực đến

Registered Certificate Changes Under The Review
    [Documentation]    REVIEW_MISMATCH: it is no longer the one that the choice was made for.
    Come To The Review
    The Page Shows Otherwise    certificate.serial    00FF    within=form.registered
    End Run With    Review The Form Against The Token
    Run Should Have Ended    stopped    REVIEW_MISMATCH
    ...    field=chứng thư số đang đăng ký    found=ff    expected=${ACCOUNT.registered_serial}
    Portal Should Have    registered    submissions=0

New Certificate Is Not Shown
    [Documentation]    PORTAL_CHANGED: a field of the certificate is missing.
    Come To The Review
    The Page Lacks    certificate.owner    within=form.new
    End Run With    Review The Form Against The Token
    Run Should Have Ended    failed    PORTAL_CHANGED    what=certificate.owner
    Portal Should Have    registered    submissions=0


*** Keywords ***
Nothing Is Ticked When The Form Shows
    [Documentation]    Another value of the new certificate than the token's, which the form showed before.
    [Arguments]    ${element: str}    ${text: str}    ${field: str}
    Come To The Review
    ${before}    Read    ${element}    within=form.new
    The Page Shows Otherwise    ${element}    ${text}    within=form.new
    End Run With    Review The Form Against The Token
    Run Should Have Ended    stopped    REVIEW_MISMATCH    field=${field}    found=${text}    expected=${before}
    Portal Should Have    registered    submissions=0
