*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


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
    Run Should End
    ...    stopped
    ...    CERT_MST_MISMATCH
    ...    Mã số thuế trên chứng thư số (${other.tax_code}) không trùng với mã số thuế đăng nhập (${ACCOUNT.tax_code}). Cắm đúng token của đơn vị.
    ...    Show The New Certificate
    Portal Should Have    registered    submissions=0

New Certificate Has Expired
    [Documentation]    CERT_EXPIRED.
    [Setup]    Create The Account    expired
    Come To The Form
    ${expired}    Day Of The New Certificate    not_after
    Run Should End
    ...    stopped
    ...    CERT_EXPIRED
    ...    Chứng thư số ${ACCOUNT.new_serial} đã hết hạn ngày ${expired}. Gia hạn chứng thư số tại nhà cung cấp rồi chạy lại.
    ...    Show The New Certificate
    Portal Should Have    registered    submissions=0

New Certificate Is Not Valid Yet
    [Documentation]    CERT_NOT_YET_VALID.
    [Setup]    Create The Account    not-yet-valid
    Come To The Form
    ${begins}    Day Of The New Certificate    not_before
    Run Should End
    ...    stopped
    ...    CERT_NOT_YET_VALID
    ...    Chứng thư số ${ACCOUNT.new_serial} chưa tới hạn sử dụng (từ ${begins}). Chờ tới ngày hiệu lực hoặc xem lại đồng hồ máy.
    ...    Show The New Certificate
    Portal Should Have    registered    submissions=0

New Certificate Is Revoked
    [Documentation]    CERT_REVOKED: it is not even shown to the page.
    Come To The Form
    Choose The New Certificate
    Revoke Sandbox Certificate    ${ACCOUNT.new_serial}
    Run Should End    stopped    CERT_REVOKED
    ...    Chứng thư số ${ACCOUNT.new_serial} đã bị thu hồi hoặc tạm dừng. Không ký; liên hệ nhà cung cấp chữ ký số.
    ...    Validate The New Certificate
    Portal Should Have    registered    submissions=0

Issuer Is Not Believed
    [Documentation]    CERT_UNTRUSTED.
    [Setup]    Create The Account    registered    unknown-ca
    Come To The Form
    Choose The New Certificate
    Run Should End
    ...    stopped
    ...    CERT_UNTRUSTED
    ...    Không tin được chứng thư số ${ACCOUNT.new_serial}: chứng thư số không do tổ chức chứng thực được tin cậy cấp. Kiểm tra token và mục [trust] của tệp cấu hình.
    ...    Validate The New Certificate
    Portal Should Have    registered    submissions=0

Certificate Is Not For Signing
    [Documentation]    CERT_KEY_USAGE.
    [Setup]    Create The Account    registered    wrong-usage
    Come To The Form
    Choose The New Certificate
    Run Should End    stopped    CERT_KEY_USAGE
    ...    Chứng thư số ${ACCOUNT.new_serial} không được cấp để ký số. Liên hệ nhà cung cấp chữ ký số.
    ...    Validate The New Certificate
    Portal Should Have    registered    submissions=0

Certificate That Is Asked For Is Not There
    [Documentation]    CERT_SERIAL_NOT_FOUND.
    VAR    ${CERT_SERIAL}    00ff    scope=TEST
    Come To The Form
    Run Should End    stopped    CERT_SERIAL_NOT_FOUND
    ...    Token không có chứng thư số với số sê-ri ff. Kiểm tra lại biến CERT_SERIAL.
    ...    Show The New Certificate
    Portal Should Have    registered    submissions=0
