*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


*** Settings ***
Documentation    What the token remembers of earlier tries, before anything is contacted.

Resource         ../../../resources/regression.resource

Test Tags        area:pin-window


*** Test Cases ***
PIN Is Locked
    [Documentation]    PIN_LOCKED.
    [Setup]    Create The Account    pin_state=locked
    Run Should End    stopped    PIN_LOCKED
    ...    Mã PIN của token đã bị khóa. Liên hệ nhà cung cấp chữ ký số để mở khóa.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0

PIN Has One Try Left
    [Documentation]    PIN_FINAL_TRY.
    [Setup]    Create The Account    pin_state=final-try
    Run Should End    stopped    PIN_FINAL_TRY
    ...    Token chỉ còn một lần thử mã PIN. Không chạy tự động; đăng nhập token bằng công cụ của nhà cung cấp.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0

PIN Was Wrong Before
    [Documentation]    PIN_COUNT_LOW.
    [Setup]    Create The Account    pin_state=count-low
    Run Should End
    ...    stopped
    ...    PIN_COUNT_LOW
    ...    Token đã bị nhập sai mã PIN trước đó. Không chạy tự động; nhập đúng mã PIN một lần bằng công cụ của nhà cung cấp rồi chạy lại.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0

PIN Has No Possible Length
    [Documentation]    PIN_LENGTH: the token is not asked.
    VAR    ${TOKEN_PIN}    file:${ACCOUNT.root_certificate}    scope=TEST
    Run Should End    stopped    PIN_LENGTH
    ...    Độ dài mã PIN không nằm trong giới hạn của token. Kiểm tra lại mã PIN đã lưu.
    ...    Begin The Run
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

PIN Is No Reference
    [Documentation]    SECRET_REFERENCE_INVALID: a PIN is never a variable's value.
    VAR    ${TOKEN_PIN}    12345678    scope=TEST
    Run Should End
    ...    stopped
    ...    SECRET_REFERENCE_INVALID
    ...    TOKEN_PIN phải là một tham chiếu, không phải chính mật khẩu hay mã PIN. Dùng env:TÊN, file:ĐƯỜNG_DẪN, keyring:DỊCH_VỤ/TÊN hoặc vault:ĐƯỜNG_DẪN#KHÓA; riêng mã PIN có thể là ask:.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0

No Token Is There
    [Documentation]    TOKEN_NOT_FOUND.
    [Setup]    Create The Account    token=${FALSE}
    Run Should End
    ...    stopped
    ...    TOKEN_NOT_FOUND
    ...    Không tìm thấy token nào. Cắm USB Token vào máy, xem lại TOKEN_SERIAL nếu có, rồi chạy lại; lệnh chukyso tokens cho biết máy thấy gì.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0

Two Tokens Are There
    [Documentation]    TOKEN_AMBIGUOUS: nobody guesses.
    [Setup]    Create The Account    second_token=${TRUE}
    Run Should End
    ...    stopped
    ...    TOKEN_AMBIGUOUS
    ...    Có 2 token đang cắm (${{ ', '.join(sorted([$ACCOUNT.token_serial, $ACCOUNT.second_token_serial])) }}). Chỉ rõ một token bằng TOKEN_SERIAL hoặc rút bớt token.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0
