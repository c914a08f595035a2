*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


*** Settings ***
Documentation    The window in which the PIN is used: once, and only after the point of no return is on disk.

Resource         ../../../resources/regression.resource

Test Tags        area:pin-window


*** Test Cases ***
Operator Cancels
    [Documentation]    SIGNING_CANCELLED: no try is spent, nothing is submitted.
    Come To The Submission
    Somebody Presses Cancel
    Run Should End    stopped    SIGNING_CANCELLED
    ...    Người dùng đã hủy ở cửa sổ nhập mã PIN. Chạy lại khi sẵn sàng ký.
    ...    Keep The Signed Document
    PIN State Should Be    ok
    Journal Should Have    submitting    not-submitted
    Portal Should Have    registered    submissions=0

PIN Is Wrong
    [Documentation]    PIN_INCORRECT: exactly one try is spent, nothing is submitted.
    [Tags]    smoke
    VAR    ${TOKEN_PIN}    file:${SOMEBODY_ELSE.pin_file}    scope=TEST
    Come To The Submission
    Run Should End
    ...    stopped
    ...    PIN_INCORRECT
    ...    Mã PIN không đúng; đã dùng đúng một lần thử. Đừng chạy lại với mã PIN này. Kiểm tra mã PIN (Caps Lock, bộ gõ tiếng Việt), sửa nơi lưu nếu có, rồi tự nhập đúng một lần: chạy với --variable TOKEN_PIN:ask:, hoặc dùng công cụ của nhà cung cấp token. Sau đó lại chạy tự động được.
    ...    Sign
    Journal Should Have    submitting    not-submitted
    PIN State Should Be    count-low
    Portal Should Have    registered    submissions=0

Chấp nhận Is Pressed Too Early
    [Documentation]    The button does nothing until the journal is on disk; then the run goes on.
    Come To The PIN Window
    Enter The PIN
    Somebody Presses Chấp nhận Too Early
    PIN Window Should Ask To Wait
    Pass The Point Of No Return
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Finish The Update
    Journal Should Have    submitting    signed
    Portal Should Have    new    submissions=1
