*** Settings ***
Documentation    Sessions that end, and several at once.

Resource         ../../../resources/regression.resource

Test Tags        area:submission


*** Test Cases ***
Session Ends While Signing
    [Documentation]    NOT_REGISTERED: refused, and looked at again.
    Come To The Submission
    Expire Portal Sessions    tax_code=${ACCOUNT.tax_code}
    End Run With    Finish The Update
    Run Should Have Ended    failed    NOT_REGISTERED    serial=${ACCOUNT.registered_serial}
    Journal Should Have    submitting    signed    reconciling
    Portal Should Have    registered    submissions=0

Two Sessions At Once
    [Documentation]    The other one looks on; this one registers.
    Come To The Registration
    Somebody Logs In Elsewhere
    Two Sessions Should Be Open
    End Run With    Go On From The Registration
    Run Should Have Ended    updated
    Portal Should Have    new    submissions=1

Another Session Was Faster
    [Documentation]    PORTAL_REJECTED: what is registered is no longer what the document replaces.
    [Setup]    Create The Account    registered    new    expired
    Come To The Submission
    Register Certificate Meanwhile    ${ACCOUNT.certificates}[expired]    tax_code=${ACCOUNT.tax_code}
    End Run With    Finish The Update
    Run Should Have Ended    rejected    PORTAL_REJECTED
    ...    text=Chứng thư số đang đăng ký đã thay đổi trong lúc ký. Vui lòng đăng ký lại. (REGISTRATION_CHANGED)
    Portal Should Have    expired    submissions=0

Another Session Registered The Same Certificate
    [Documentation]    PORTAL_REJECTED: there is nothing left to change.
    Come To The Submission
    Register Certificate Meanwhile    ${ACCOUNT.new_serial}    tax_code=${ACCOUNT.tax_code}
    End Run With    Finish The Update
    Run Should Have Ended    rejected    PORTAL_REJECTED
    ...    text=Chứng thư số này đang được đăng ký, không có gì để thay đổi. (CERT_ALREADY_REGISTERED)
    Portal Should Have    new    submissions=0

Portal's Page Is Closed After Signing
    [Documentation]    The document is under way, nobody hears the answer: reconciled.
    ${profile}    Change Profile    timeouts.submission=5
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Submission
    Sign
    Somebody Closes The Portal's Page
    End Run With    Receive The Answer And Confirm
    Run Should Have Ended    updated
    Journal Should Have    submitting    signed    reconciling
    Portal Should Have    new    submissions=1
