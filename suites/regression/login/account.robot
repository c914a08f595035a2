*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


*** Settings ***
Documentation    Password and lock: a wrong password is tried once, a locked account never again.

Resource         ../../../resources/regression.resource

Test Tags        area:login


*** Test Cases ***
Wrong Password Is Tried Once
    [Documentation]    LOGIN_FAILED: nothing is tried again.
    [Tags]    smoke
    VAR    ${PORTAL_PASSWORD}    file:${SOMEBODY_ELSE.password_file}    scope=TEST
    Come To The Portal
    Run Should End    stopped    LOGIN_FAILED
    ...    Tài khoản hoặc mật khẩu không chính xác. Kiểm tra TAX_CODE và mật khẩu đã lưu rồi chạy lại; chương trình không tự thử lại.
    ...    Log In Without A Figure
    Wrong Passwords Should Be    1
    Portal Should Have    registered    submissions=0

Account Is Locked
    [Documentation]    ACCOUNT_LOCKED.
    [Setup]    Create The Account    locked=${TRUE}
    Come To The Portal
    Run Should End    stopped    ACCOUNT_LOCKED
    ...    Tài khoản trên cổng đang bị khóa. Mở khóa tài khoản trên cổng rồi chạy lại.
    ...    Log In Without A Figure
    Portal Should Have    registered    submissions=0

Account Is Locked After The Run Began
    [Documentation]    ACCOUNT_LOCKED: the lock came while the home page was open.
    Come To The Portal
    Lock Portal Account    tax_code=${ACCOUNT.tax_code}
    Run Should End    stopped    ACCOUNT_LOCKED
    ...    Tài khoản trên cổng đang bị khóa. Mở khóa tài khoản trên cổng rồi chạy lại.
    ...    Log In Without A Figure
    Portal Should Have    registered    submissions=0

Password Cannot Be Typed
    [Documentation]    ELEMENT_NOT_READY: the field takes nothing.
    Come To The Portal
    Press    home.login
    Wait Until Shown    login.dialog
    The Password Field Is Locked
    Run Should End    failed    ELEMENT_NOT_READY
    ...    “login.password” có trên trang nhưng chỉ để đọc. Cổng có thể đang bận: chạy lại sau ít phút. Nếu vẫn vậy, cổng đã thay đổi; báo cho người bảo trì.
    ...    Fill In The Login Dialog
    Portal Should Have    registered    submissions=0

Page Belongs To Another Account
    [Documentation]    REVIEW_MISMATCH: the MST at the top right is somebody else's.
    Come To The Menu
    The Page Shows Otherwise    account.tax_code    0000000000
    Run Should End
    ...    stopped
    ...    REVIEW_MISMATCH
    ...    Thông tin trên tờ khai không khớp với token: tài khoản đăng nhập là “0000000000”, phải là “${ACCOUNT.tax_code}”. Chưa gửi gì. Kiểm tra đúng token của đơn vị chưa và thông tin trên tờ khai, rồi chạy lại.
    ...    Open The Account Menu
    Portal Should Have    registered    submissions=0

Password File Cannot Be Read
    [Documentation]    SECRET_UNREADABLE: before the portal is contacted.
    VAR    ${PORTAL_PASSWORD}    file:/khong/co    scope=TEST
    Run Should End    stopped    SECRET_UNREADABLE
    ...    Không đọc được PORTAL_PASSWORD từ file:/khong/co: không có tệp này. Sửa ở đó, hoặc dùng một nơi lưu khác (env:, file:, keyring:, vault:), rồi chạy lại.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0
