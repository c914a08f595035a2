*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


*** Settings ***
Documentation    Contact data: what the form submits along is what was asked for, and what was reviewed.

Resource         ../../../resources/regression.resource

Test Tags        area:form


*** Test Cases ***
E-mail Is Not The One Asked For
    [Documentation]    CONTACT_MISMATCH.
    VAR    ${CONTACT_EMAIL}    khac@sandbox.example    scope=TEST
    Come To The Review
    Run Should End
    ...    stopped
    ...    CONTACT_MISMATCH
    ...    Thông tin liên hệ trên tờ khai không đúng: thư điện tử là “${ACCOUNT.email}”, phải là “khac@sandbox.example”. Chưa gửi gì. Sửa thông tin liên hệ trên cổng, hoặc sửa biến CONTACT_EMAIL, CONTACT_PHONE, rồi chạy lại.
    ...    Review The Form Against The Token
    Portal Should Have    registered    submissions=0

Phone Is Not The One Asked For
    [Documentation]    CONTACT_MISMATCH.
    VAR    ${CONTACT_PHONE}    0900000000    scope=TEST
    Come To The Review
    Run Should End
    ...    stopped
    ...    CONTACT_MISMATCH
    ...    Thông tin liên hệ trên tờ khai không đúng: điện thoại là “${ACCOUNT.phone}”, phải là “0900000000”. Chưa gửi gì. Sửa thông tin liên hệ trên cổng, hoặc sửa biến CONTACT_EMAIL, CONTACT_PHONE, rồi chạy lại.
    ...    Review The Form Against The Token
    Portal Should Have    registered    submissions=0

Contact Data Is The One Asked For
    [Documentation]    In another case of letters; the run goes on.
    [Tags]    no-fault
    VAR    ${CONTACT_EMAIL}    ${ACCOUNT.email.upper()}    scope=TEST
    VAR    ${CONTACT_PHONE}    ${ACCOUNT.phone}    scope=TEST
    Come To The Form
    Run Should End    dry-run    no-error
    ...    CHẠY THỬ: Dừng lại theo yêu cầu trước khi đăng ký thay đổi. Không có gì được gửi lên cổng.
    ...    Go On From The Form
    Portal Should Have    registered    submissions=0

E-mail Changes After The Review
    [Documentation]    REQUEST_NOT_OURS: the document names another one.
    Come To The Registration
    Somebody Changes The Field    form.email    nguoi-khac@sandbox.example
    Press Đăng ký thay đổi thông tin
    Run Should End
    ...    stopped
    ...    REQUEST_NOT_OURS
    ...    Yêu cầu ký không phải của lần chạy này: thư điện tử trên tờ khai là “nguoi-khac@sandbox.example”, phải là “${ACCOUNT.email}”. Không ký. Đóng các trang lạ rồi chạy lại.
    ...    Wait For Our Signing Request
    Portal Should Have    registered    submissions=0

Phone Changes After The Review
    [Documentation]    REQUEST_NOT_OURS: the document names another one.
    Come To The Registration
    Somebody Changes The Field    form.phone    0900000000
    Press Đăng ký thay đổi thông tin
    Run Should End
    ...    stopped
    ...    REQUEST_NOT_OURS
    ...    Yêu cầu ký không phải của lần chạy này: điện thoại trên tờ khai là “0900000000”, phải là “${ACCOUNT.phone}”. Không ký. Đóng các trang lạ rồi chạy lại.
    ...    Wait For Our Signing Request
    Portal Should Have    registered    submissions=0

E-mail Is None
    [Documentation]    PORTAL_REJECTED: the portal does not take it.
    Come To The Registration
    Somebody Changes The Field    form.email    khong-phai-thu
    Press Đăng ký thay đổi thông tin
    Run Should End
    ...    rejected
    ...    PORTAL_REJECTED
    ...    Cổng từ chối thay đổi: Địa chỉ thư điện tử không hợp lệ. (EMAIL_INVALID) Xử lý theo lý do của cổng rồi chạy lại.
    ...    Wait For Our Signing Request
    Portal Should Have    registered    submissions=0
