*** Settings ***
Documentation    The window in which the certificate is confirmed: OK is never pressed blindly.

Resource         ../../../resources/regression.resource

Test Tags        area:certificate-window


*** Test Cases ***
Window Shows Another Serial
    [Documentation]    WINDOW_MISMATCH: OK is not pressed.
    [Tags]    smoke
    Come To The Certificate Window
    The Page Shows Otherwise    certificate.serial    00FF
    End Run With    Review Signing Window    ${CHOICE.certificate}
    Run Should Have Ended    stopped    WINDOW_MISMATCH    found=ff    expected=${ACCOUNT.new_serial}
    Journal Should Not Have    submitting
    Portal Should Have    registered    submissions=0

Window Shows Another MST
    [Documentation]    WINDOW_MISMATCH: OK is not pressed.
    [Template]    OK Is Not Pressed When The Window Shows
    certificate.tax_code    0101234565-001

Window Shows Another Owner
    [Documentation]    WINDOW_MISMATCH: OK is not pressed.
    [Template]    OK Is Not Pressed When The Window Shows
    certificate.owner    CÔNG TY KHÁC

Window Shows Another Issuer
    [Documentation]    WINDOW_MISMATCH: OK is not pressed.
    [Template]    OK Is Not Pressed When The Window Shows
    certificate.issuer    Stranger-CA G1

Window Shows Another End
    [Documentation]    WINDOW_MISMATCH: OK is not pressed.
    [Template]    OK Is Not Pressed When The Window Shows
    certificate.valid_to    31/12/2099 23:59:59

Operator Cancels
    [Documentation]    SIGNING_CANCELLED: the PIN is not touched.
    Come To The Certificate Window
    Somebody Presses Cancel
    End Run With    Keep The Signed Document
    Run Should Have Ended    stopped    SIGNING_CANCELLED    window=chứng thư số
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

Nobody Presses OK
    [Documentation]    SIGNING_TIMEOUT.
    Come To The Portal
    The Signer Gives Up Soon
    Log In Without A Figure
    Open The Form
    Show The New Certificate
    Review The Form Against The Token
    Tick The Commitment
    Register And Open The Certificate Window
    End Run With    Keep The Signed Document
    Run Should Have Ended    stopped    SIGNING_TIMEOUT    seconds=5
    Portal Should Have    registered    submissions=0

Portal Asks For Another Unit's Document
    [Documentation]    REQUEST_NOT_OURS: no window opens.
    Come To The Registration
    Press Đăng ký thay đổi thông tin
    The Run Is For Another Unit
    End Run With    Wait For Our Signing Request
    Run Should Have Ended    stopped    REQUEST_NOT_OURS
    ...    reason=đơn vị trên tờ khai là “${ACCOUNT.unit_codes}[0]”, phải là “KHAC”
    Portal Should Have    registered    submissions=0


*** Keywords ***
OK Is Not Pressed When The Window Shows
    [Documentation]    Another value than that of the form, which the window showed before.
    [Arguments]    ${element: str}    ${text: str}
    Come To The Certificate Window
    ${before}    Read    ${element}
    The Page Shows Otherwise    ${element}    ${text}
    End Run With    Review Signing Window    ${CHOICE.certificate}
    Run Should Have Ended    stopped    WINDOW_MISMATCH    found=${text}    expected=${before}
    Journal Should Not Have    submitting
    Portal Should Have    registered    submissions=0
