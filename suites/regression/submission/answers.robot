*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


*** Settings ***
Documentation    The portal's answers to the submission. It is never submitted twice.

Resource         ../../../resources/regression.resource

Test Tags        area:submission


*** Test Cases ***
Submission Is Accepted
    [Documentation]    From the point of no return to the proof.
    [Tags]    no-fault
    Come To The Submission
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Finish The Update
    Journal Should Have    submitting    signed    accepted    confirmed
    Portal Should Have    new    submissions=1

Portal Fails
    [Documentation]    NOT_REGISTERED: error 500, and logging in again shows the old certificate.
    Come To The Submission
    Set Portal Fault    submit    error-500    tax_code=${ACCOUNT.tax_code}
    Run Should End
    ...    failed
    ...    NOT_REGISTERED
    ...    Cổng không ghi nhận thay đổi: chứng thư số đang đăng ký vẫn là ${ACCOUNT.registered_serial}. Đã đối chiếu bằng cách đăng nhập lại; có thể chạy lại.
    ...    Finish The Update
    Journal Should Have    submitting    signed    reconciling
    Portal Should Have    registered    submissions=0

Portal Never Answers
    [Documentation]    SUBMISSION_UNKNOWN: it may still be at work.
    ${profile}    Change Profile    timeouts.submission=5
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Submission
    Set Portal Fault    submit    timeout    tax_code=${ACCOUNT.tax_code}
    Run Should End
    ...    unknown
    ...    SUBMISSION_UNKNOWN
    ...    Đã gửi nhưng chưa chắc kết quả: chứng thư số đang đăng ký vẫn là ${ACCOUNT.registered_serial}, có thể cổng còn xử lý; trước đó cổng không trả lời trong 5 giây (chờ result.notice, toast.error). Không gửi lại. Đăng nhập cổng, xem chứng thư số đang đăng ký; chỉ chạy lại khi vẫn là chứng thư số cũ.
    ...    Finish The Update
    Journal Should Have    submitting    signed    reconciling
    Portal Should Have    registered    submissions=0

Connection Breaks Before Anything Is Stored
    [Documentation]    NOT_REGISTERED.
    Come To The Submission
    Set Portal Fault    submit    drop-before    tax_code=${ACCOUNT.tax_code}
    Run Should End
    ...    failed
    ...    NOT_REGISTERED
    ...    Cổng không ghi nhận thay đổi: chứng thư số đang đăng ký vẫn là ${ACCOUNT.registered_serial}. Đã đối chiếu bằng cách đăng nhập lại; có thể chạy lại.
    ...    Finish The Update
    Journal Should Have    submitting    signed    reconciling
    Portal Should Have    registered    submissions=0

Connection Breaks After Everything Is Stored
    [Documentation]    Logging in again finds the new certificate.
    [Tags]    smoke
    Come To The Submission
    Set Portal Fault    submit    drop-after    tax_code=${ACCOUNT.tax_code}
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Finish The Update
    Journal Should Have    submitting    signed    reconciling
    Faults Should Have Been Met    submit drop-after
    Portal Should Have    new    submissions=1

Submission Arrives Twice
    [Documentation]    The portal takes it once, and the second answer is not believed.
    Come To The Submission
    Set Portal Fault    submit    duplicate    tax_code=${ACCOUNT.tax_code}
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Finish The Update
    Journal Should Have    submitting    signed    reconciling
    Faults Should Have Been Met    submit duplicate
    Portal Should Have    new    submissions=1

Portal Is Slow
    [Documentation]    The run waits.
    Come To The Submission
    Set Portal Fault    submit    slow    tax_code=${ACCOUNT.tax_code}
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Finish The Update
    Journal Should Have    accepted    confirmed
    Faults Should Have Been Met    submit slow
    Portal Should Have    new    submissions=1

Certificate Is Revoked While It Signs
    [Documentation]    PORTAL_REJECTED: a clear refusal.
    Come To The Submission
    Revoke Sandbox Certificate    ${ACCOUNT.new_serial}
    Run Should End    rejected    PORTAL_REJECTED
    ...    Cổng từ chối thay đổi: Chứng thư số đã bị thu hồi. (CERT_REVOKED) Xử lý theo lý do của cổng rồi chạy lại.
    ...    Finish The Update
    Portal Should Have    registered    submissions=0
