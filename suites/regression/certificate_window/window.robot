*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


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
    Run Should End    stopped    WINDOW_MISMATCH
    ...    Cửa sổ chứng thư số hiện ff, tờ khai ghi ${ACCOUNT.new_serial}. Không bấm OK. Kiểm tra token và chạy lại.
    ...    Review Signing Window    ${CHOICE.certificate}
    Journal Should Not Have    submitting
    Portal Should Have    registered    submissions=0

Window Shows Another MST
    [Documentation]    WINDOW_MISMATCH: OK is not pressed.
    Come To The Certificate Window
    The Page Shows Otherwise    certificate.tax_code    0101234565-001
    Run Should End
    ...    stopped
    ...    WINDOW_MISMATCH
    ...    Cửa sổ chứng thư số hiện 0101234565-001, tờ khai ghi ${ACCOUNT.tax_code}. Không bấm OK. Kiểm tra token và chạy lại.
    ...    Review Signing Window
    ...    ${CHOICE.certificate}
    Journal Should Not Have    submitting
    Portal Should Have    registered    submissions=0

Window Shows Another Owner
    [Documentation]    WINDOW_MISMATCH: OK is not pressed.
    Come To The Certificate Window
    The Page Shows Otherwise    certificate.owner    CÔNG TY KHÁC
    Run Should End
    ...    stopped
    ...    WINDOW_MISMATCH
    ...    Cửa sổ chứng thư số hiện CÔNG TY KHÁC, tờ khai ghi ${ACCOUNT.name}. Không bấm OK. Kiểm tra token và chạy lại.
    ...    Review Signing Window
    ...    ${CHOICE.certificate}
    Journal Should Not Have    submitting
    Portal Should Have    registered    submissions=0

Window Shows Another Issuer
    [Documentation]    WINDOW_MISMATCH: OK is not pressed.
    Come To The Certificate Window
    The Page Shows Otherwise    certificate.issuer    Stranger-CA G1
    Run Should End
    ...    stopped
    ...    WINDOW_MISMATCH
    ...    Cửa sổ chứng thư số hiện Stranger-CA G1, tờ khai ghi ${CHOICE.certificate.issuer}. Không bấm OK. Kiểm tra token và chạy lại.
    ...    Review Signing Window
    ...    ${CHOICE.certificate}
    Journal Should Not Have    submitting
    Portal Should Have    registered    submissions=0

Window Shows Another End
    [Documentation]    WINDOW_MISMATCH: OK is not pressed.
    Come To The Certificate Window
    ${to}    Read    certificate.valid_to
    The Page Shows Otherwise    certificate.valid_to    31/12/2099 23:59:59
    Run Should End    stopped    WINDOW_MISMATCH
    ...    Cửa sổ chứng thư số hiện 31/12/2099 23:59:59, tờ khai ghi ${to}. Không bấm OK. Kiểm tra token và chạy lại.
    ...    Review Signing Window    ${CHOICE.certificate}
    Journal Should Not Have    submitting
    Portal Should Have    registered    submissions=0

Operator Cancels
    [Documentation]    SIGNING_CANCELLED: the PIN is not touched.
    Come To The Certificate Window
    Somebody Presses Cancel
    Run Should End    stopped    SIGNING_CANCELLED
    ...    Người dùng đã hủy ở cửa sổ chứng thư số. Chạy lại khi sẵn sàng ký.
    ...    Keep The Signed Document
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

Nobody Presses OK
    [Documentation]    SIGNING_TIMEOUT.
    Come To The Portal
    The Agent Has Little Patience
    Log In Without A Figure
    Open The Form
    Show The New Certificate
    Review The Form Against The Token
    Tick The Commitment
    Register And Open The Certificate Window
    Run Should End    stopped    SIGNING_TIMEOUT
    ...    Không có xác nhận ký trong 5 giây. Chạy lại và xác nhận kịp thời.
    ...    Keep The Signed Document
    Portal Should Have    registered    submissions=0

Portal Asks For Another Unit's Document
    [Documentation]    REQUEST_NOT_OURS: no window opens.
    Come To The Registration
    Press Đăng ký thay đổi thông tin
    The Run Is For Another Unit
    Run Should End
    ...    stopped
    ...    REQUEST_NOT_OURS
    ...    Yêu cầu ký không phải của lần chạy này: đơn vị trên tờ khai là “${ACCOUNT.unit_codes}[0]”, phải là “KHAC”. Không ký. Đóng các trang lạ rồi chạy lại.
    ...    Wait For Our Signing Request
    Portal Should Have    registered    submissions=0
