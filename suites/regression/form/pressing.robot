*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


*** Settings ***
Documentation    Tick-box, double click, the browser's own buttons.

Resource         ../../../resources/regression.resource

Test Tags        area:form


*** Variables ***
${AFTER_THE_PIN}    No Operation


*** Test Cases ***
Box Is Not Ticked
    [Documentation]    BOX_NOT_TICKED: the page sends nothing.
    [Tags]    smoke
    Come To The Registration
    Somebody Unticks The Commitment
    Press Đăng ký thay đổi thông tin
    Run Should End    stopped    BOX_NOT_TICKED
    ...    Chưa tích vào ô cam kết nên cổng không cho đăng ký. Tích vào ô cam kết rồi đăng ký lại.
    ...    Wait For Our Signing Request
    Portal Should Have    registered    submissions=0

Commitment Reads Otherwise
    [Documentation]    PORTAL_CHANGED: nobody ticks another sentence.
    Come To The Commitment
    The Commitment Reads Otherwise
    Run Should End    failed    PORTAL_CHANGED
    ...    Không tìm thấy “form.commitment” trên trang. Cổng có thể đã thay đổi; báo cho người bảo trì.
    ...    Tick The Commitment
    Portal Should Have    registered    submissions=0

Button Is Pressed Twice
    [Documentation]    One request, one submission.
    Come To The Registration
    Somebody Presses Twice    form.register
    Wait For Our Signing Request
    Open The Certificate Window And Compare It
    Press OK
    Enter The PIN
    Pass The Point Of No Return
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Finish The Update
    Portal Should Have    new    submissions=1

Somebody Goes Back From The Form
    [Documentation]    PORTAL_CHANGED: the form is gone.
    Come To The Review
    Somebody Goes Back
    Run Should End    failed    PORTAL_CHANGED
    ...    Không tìm thấy “certificate.serial” trên trang. Cổng có thể đã thay đổi; báo cho người bảo trì.
    ...    Review The Form Against The Token
    Portal Should Have    registered    submissions=0

Somebody Goes Back Before The PIN Is Given
    [Documentation]    BROWSER_CLOSED: a page that was left gets no signature.
    Come To The PIN Window
    Somebody Goes Back
    Run Should End    failed    BROWSER_CLOSED
    ...    Trình duyệt hoặc trang đang dùng đã đóng hoặc không trả lời. Chạy lại; đừng đóng, tải lại hay rời trang.
    ...    Enter The PIN
    Portal Should Have    registered    submissions=0

Somebody Goes Back While The PIN Is Given
    [Documentation]    BROWSER_CLOSED: the window is gone with the page, and that is what is said.
    VAR    ${AFTER_THE_PIN}    Somebody Goes Back    scope=TEST
    Come To The PIN Window
    Run Should End    failed    BROWSER_CLOSED
    ...    Trình duyệt hoặc trang đang dùng đã đóng hoặc không trả lời. Chạy lại; đừng đóng, tải lại hay rời trang.
    ...    Enter The PIN
    Portal Should Have    registered    submissions=0

Form Is Reloaded Before The Review
    [Documentation]    The session stays, the certificate is read again.
    Come To The Form
    Somebody Reloads The Page
    Page Should Have Been Reloaded
    Read The Registered Certificate
    Run Should End    dry-run    no-error
    ...    CHẠY THỬ: Dừng lại theo yêu cầu trước khi đăng ký thay đổi. Không có gì được gửi lên cổng.
    ...    Go On From The Form
    Portal Should Have    registered    submissions=0

Form Is Reloaded After The Tick
    [Documentation]    ELEMENT_NOT_READY: the certificate was offered once, so that the button stays locked.
    Come To The Registration
    Somebody Reloads The Page
    Nobody Waits For Long
    Run Should End    failed    ELEMENT_NOT_READY
    ...    “form.register” có trên trang nhưng đang bị khóa. Cổng có thể đang bận: chạy lại sau ít phút. Nếu vẫn vậy, cổng đã thay đổi; báo cho người bảo trì.
    ...    Press Đăng ký thay đổi thông tin
    Portal Should Have    registered    submissions=0

Something Lies Above The Button
    [Documentation]    ELEMENT_COVERED: what lies there is named.
    Come To The Registration
    A Notice Lies Above The Page
    Run Should End    failed    ELEMENT_COVERED
    ...    “form.register” có trên trang nhưng bị <div id="che"></div> che mất. Đăng nhập cổng bằng trình duyệt thường xem có thông báo, cửa sổ hay dải nào che trang, đóng nó rồi chạy lại; nếu vẫn bị che, báo cho người bảo trì.
    ...    Press Đăng ký thay đổi thông tin
    Portal Should Have    registered    submissions=0

Button Is There Twice
    [Documentation]    ELEMENT_AMBIGUOUS: nobody guesses which one is meant.
    Come To The Registration
    The Page Shows Twice    form.register
    Run Should End    failed    ELEMENT_AMBIGUOUS
    ...    “form.register” khớp 2 phần tử trên trang, mà phải đúng một. Sửa bộ định vị này trong tệp cấu hình; nếu trước đây vẫn chạy được thì cổng đã thay đổi, báo cho người bảo trì.
    ...    Press Đăng ký thay đổi thông tin
    Portal Should Have    registered    submissions=0


*** Keywords ***
Enter Token PIN
    [Documentation]    In one case somebody is faster than the window.
    [Arguments]    ${secret}
    TokenLibrary.Enter Token PIN    ${secret}
    Run Keyword    ${AFTER_THE_PIN}
