*** Settings ***
Documentation    Logging in again, when something is wrong by then.

Resource         ../../../resources/regression.resource

Test Tags        area:result


*** Variables ***
${LOCKED}    tài khoản đã bị khóa. Vui lòng liên hệ cơ quan BHXH quản lý để được mở khóa. (ACCOUNT_LOCKED)


*** Test Cases ***
Account Is Locked By Then
    [Documentation]    SUBMISSION_UNKNOWN: nobody can look.
    Come To The Submission
    Sign
    Receive The Portal's Answer
    Leave The Portal
    Lock Portal Account    tax_code=${ACCOUNT.tax_code}
    End Run With    Confirm By Logging In Again
    Run Should Have Ended    unknown    SUBMISSION_UNKNOWN
    ...    reason=không đăng nhập lại được để đối chiếu: ${LOCKED}
    Portal Should Have    new    submissions=1

Captcha Is Wrong By Then
    [Documentation]    It is asked again.
    Come To The Submission
    Sign
    Receive The Portal's Answer
    Leave The Portal
    Set Portal Fault    login    captcha-wrong    tax_code=${ACCOUNT.tax_code}
    End Run With    Confirm By Logging In Again
    Run Should Have Ended    updated
    Faults Should Have Been Met    login captcha-wrong
    Portal Should Have    new    submissions=1

Form Fails By Then
    [Documentation]    SUBMISSION_UNKNOWN: what is registered cannot be read.
    ${profile}    Change Profile    timeouts.page=5
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Submission
    Sign
    Receive The Portal's Answer
    Leave The Portal
    Set Portal Fault    form    error-500    times=9    tax_code=${ACCOUNT.tax_code}
    End Run With    Confirm By Logging In Again
    Run Should Have Ended    unknown    SUBMISSION_UNKNOWN
    ...    reason=không đăng nhập lại được để đối chiếu: hệ thống đang bận. Vui lòng thử lại sau. (PORTAL_ERROR)
    Portal Should Have    new    submissions=1

Answer And Login Are Lost
    [Documentation]    SUBMISSION_UNKNOWN: dropped after everything was stored, and locked.
    Come To The Submission
    Set Portal Fault    submit    drop-after    tax_code=${ACCOUNT.tax_code}
    Lock Portal Account    tax_code=${ACCOUNT.tax_code}
    End Run With    Finish The Update
    Run Should Have Ended    unknown    SUBMISSION_UNKNOWN
    ...    reason=không đăng nhập lại được để đối chiếu: ${LOCKED}
    Journal Should Have    submitting    signed    reconciling
    Portal Should Have    new    submissions=1
