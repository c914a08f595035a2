*** Settings ***
Documentation    The portal's answers to the submission. It is never submitted twice.

Resource         ../../../resources/regression.resource

Test Tags        area:submission


*** Test Cases ***
Submission Is Accepted
    [Documentation]    From the point of no return to the proof.
    [Tags]    no-fault
    Come To The Submission
    End Run With    Finish The Update
    Run Should Have Ended    updated
    Journal Should Have    submitting    signed    accepted    confirmed
    Portal Should Have    new    submissions=1

Portal Fails
    [Documentation]    NOT_REGISTERED: error 500, and logging in again shows the old certificate.
    Come To The Submission
    Set Portal Fault    submit    error-500    tax_code=${ACCOUNT.tax_code}
    End Run With    Finish The Update
    Run Should Have Ended    failed    NOT_REGISTERED    serial=${ACCOUNT.registered_serial}
    Journal Should Have    submitting    signed    reconciling
    Portal Should Have    registered    submissions=0

Portal Never Answers
    [Documentation]    SUBMISSION_UNKNOWN: it may still be at work.
    ${profile}    Change Profile    timeouts.submission=5
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Submission
    Set Portal Fault    submit    timeout    tax_code=${ACCOUNT.tax_code}
    End Run With    Finish The Update
    ${timeout}    Quote Error    PORTAL_TIMEOUT    seconds=5    awaited=${SPACE}(chờ result.notice, toast.error)
    VAR    ${reason}
    ...    chứng thư số đang đăng ký vẫn là ${ACCOUNT.registered_serial}, có thể cổng còn xử lý;
    ...    trước đó ${timeout}
    Run Should Have Ended    unknown    SUBMISSION_UNKNOWN    reason=${reason}
    Journal Should Have    submitting    signed    reconciling
    Portal Should Have    registered    submissions=0

Connection Breaks Before Anything Is Stored
    [Documentation]    NOT_REGISTERED.
    Come To The Submission
    Set Portal Fault    submit    drop-before    tax_code=${ACCOUNT.tax_code}
    End Run With    Finish The Update
    Run Should Have Ended    failed    NOT_REGISTERED    serial=${ACCOUNT.registered_serial}
    Journal Should Have    submitting    signed    reconciling
    Portal Should Have    registered    submissions=0

Connection Breaks After Everything Is Stored
    [Documentation]    Logging in again finds the new certificate.
    [Tags]    smoke
    Come To The Submission
    Set Portal Fault    submit    drop-after    tax_code=${ACCOUNT.tax_code}
    End Run With    Finish The Update
    Run Should Have Ended    updated
    Journal Should Have    submitting    signed    reconciling
    Faults Should Have Been Met    submit drop-after
    Portal Should Have    new    submissions=1

Submission Arrives Twice
    [Documentation]    The portal takes it once, and the second answer is not believed.
    Come To The Submission
    Set Portal Fault    submit    duplicate    tax_code=${ACCOUNT.tax_code}
    End Run With    Finish The Update
    Run Should Have Ended    updated
    Journal Should Have    submitting    signed    reconciling
    Faults Should Have Been Met    submit duplicate
    Portal Should Have    new    submissions=1

Portal Is Slow
    [Documentation]    The run waits.
    Come To The Submission
    Set Portal Fault    submit    slow    tax_code=${ACCOUNT.tax_code}
    End Run With    Finish The Update
    Run Should Have Ended    updated
    Journal Should Have    accepted    confirmed
    Faults Should Have Been Met    submit slow
    Portal Should Have    new    submissions=1

Certificate Is Revoked While It Signs
    [Documentation]    PORTAL_REJECTED: a clear refusal.
    Come To The Submission
    Revoke Sandbox Certificate    ${ACCOUNT.new_serial}
    End Run With    Finish The Update
    Run Should Have Ended    rejected    PORTAL_REJECTED    text=Chứng thư số đã bị thu hồi. (CERT_REVOKED)
    Portal Should Have    registered    submissions=0
