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
    ...    Mã PIN của token đã bị khóa. Liên hệ nhà cung cấp chữ ký số để mở khóa; trước đó mọi lần chạy đều dừng.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0

PIN Has One Try Left
    [Documentation]    PIN_FINAL_TRY.
    [Setup]    Create The Account    pin_state=final-try
    Run Should End    stopped    PIN_FINAL_TRY
    ...    Token chỉ còn một lần thử mã PIN. Chương trình không bao giờ dùng lần cuối, kể cả khi tự nhập. Chắc chắn mã PIN thì đăng nhập một lần bằng công cụ của nhà cung cấp token rồi chạy lại; không chắc thì hỏi nhà cung cấp trước.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0

PIN Was Wrong Before
    [Documentation]    PIN_COUNT_LOW.
    [Setup]    Create The Account    pin_state=count-low
    Run Should End
    ...    stopped
    ...    PIN_COUNT_LOW
    ...    Token đã bị nhập sai mã PIN trước đó, nên không mã PIN nào được tự thử. Kiểm tra mã PIN đã lưu, rồi tự nhập đúng một lần: chạy với --variable TOKEN_PIN:ask:, hoặc (cách duy nhất với khóa niêm phong) dùng công cụ của nhà cung cấp token. Sau đó lại chạy tự động được.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0

PIN Has No Possible Length
    [Documentation]    PIN_LENGTH: the token is not asked.
    Somebody Keeps A PIN That Is Too Short
    Run Should End
    ...    stopped
    ...    PIN_LENGTH
    ...    Độ dài mã PIN không nằm trong giới hạn của token (4 đến 255 ký tự). Kiểm tra mã PIN có thiếu hay thừa ký tự không; sửa nơi lưu, hoặc nhập lại, rồi chạy lại.
    ...    Begin The Run
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

PIN File Holds Something Else
    [Documentation]    PIN_CHARACTER: the token is not asked, and the file is not quoted.
    VAR    ${TOKEN_PIN}    file:${ACCOUNT.root_certificate}    scope=TEST
    Run Should End
    ...    stopped
    ...    PIN_CHARACTER
    ...    TOKEN_PIN có ký tự điều khiển U+000A (LINE FEED) ở giữa, nên chưa được gửi cho token và không mất lần thử nào. Nhập lại hoặc lưu lại mã PIN không có ký tự đó: gõ tay thay vì dán; nếu lưu trong tệp, lưu dạng UTF-8 và không để gì khác trong tệp. Rồi chạy lại.
    ...    Begin The Run
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

PIN Is No Reference
    [Documentation]    SECRET_REFERENCE_INVALID: a PIN is never a variable's value.
    VAR    ${TOKEN_PIN}    12345678    scope=TEST
    Run Should End
    ...    stopped
    ...    SECRET_REFERENCE_INVALID
    ...    TOKEN_PIN phải là một tham chiếu, không phải chính mật khẩu hay mã PIN. Dùng env:TÊN, file:ĐƯỜNG_DẪN, keyring:DỊCH_VỤ/TÊN hoặc vault:ĐƯỜNG_DẪN#KHÓA; riêng TOKEN_PIN có thể là ask:, để chương trình hỏi khi cần.
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
    ...    Có 2 token đang cắm (${{ ', '.join(sorted([$ACCOUNT.token_serial, $ACCOUNT.second_token_serial])) }}). Rút bớt token, hoặc chỉ rõ một token bằng --variable TOKEN_SERIAL:SỐ_SÊ_RI (khóa niêm phong: SEAL_TOKEN_SERIAL), rồi chạy lại; hai token cùng số sê-ri thì phải rút bớt.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0
