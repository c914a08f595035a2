*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


*** Settings ***
Documentation    Sessions that end, and several at once.

Resource         ../../../resources/regression.resource

Test Tags        area:submission


*** Test Cases ***
Session Ends While Signing
    [Documentation]    NOT_REGISTERED: refused, and looked at again.
    Come To The Submission
    Expire Portal Sessions    tax_code=${ACCOUNT.tax_code}
    Run Should End
    ...    failed
    ...    NOT_REGISTERED
    ...    Cổng không ghi nhận thay đổi: chứng thư số đang đăng ký vẫn là ${ACCOUNT.registered_serial}. Đã đối chiếu bằng cách đăng nhập lại; có thể chạy lại.
    ...    Finish The Update
    Journal Should Have    submitting    signed    reconciling
    Portal Should Have    registered    submissions=0

Two Sessions At Once
    [Documentation]    The other one looks on; this one registers.
    Come To The Registration
    Somebody Logs In Elsewhere
    Two Sessions Should Be Open
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Go On From The Registration
    Portal Should Have    new    submissions=1

Another Session Was Faster
    [Documentation]    PORTAL_REJECTED: what is registered is no longer what the document replaces.
    [Setup]    Create The Account    registered    new    expired
    Come To The Submission
    Register Certificate Meanwhile    ${ACCOUNT.certificates}[expired]    tax_code=${ACCOUNT.tax_code}
    Run Should End
    ...    rejected
    ...    PORTAL_REJECTED
    ...    Cổng từ chối thay đổi: Chứng thư số đang đăng ký đã thay đổi trong lúc ký. Vui lòng đăng ký lại. (REGISTRATION_CHANGED) Xử lý theo lý do của cổng rồi chạy lại.
    ...    Finish The Update
    Portal Should Have    expired    submissions=0

Another Session Registered The Same Certificate
    [Documentation]    PORTAL_REJECTED: there is nothing left to change.
    Come To The Submission
    Register Certificate Meanwhile    ${ACCOUNT.new_serial}    tax_code=${ACCOUNT.tax_code}
    Run Should End
    ...    rejected
    ...    PORTAL_REJECTED
    ...    Cổng từ chối thay đổi: Chứng thư số này đang được đăng ký, không có gì để thay đổi. (CERT_ALREADY_REGISTERED) Xử lý theo lý do của cổng rồi chạy lại.
    ...    Finish The Update
    Portal Should Have    new    submissions=0

Portal's Page Is Closed After Signing
    [Documentation]    The document is under way, nobody hears the answer: reconciled.
    ${profile}    Change Profile    timeouts.submission=5
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Submission
    Sign
    Somebody Closes The Portal's Page
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Receive The Answer And Confirm
    Journal Should Have    submitting    signed    reconciling
    Portal Should Have    new    submissions=1
