*** Settings ***
Documentation    The notice of success, and the proof by logging in again.

Resource         ../../../resources/regression.resource

Test Tags        area:result


*** Test Cases ***
Notice Lacks The Serial
    [Documentation]    It cannot be read: reconciled.
    ${profile}    Change Profile    timeouts.submission=5
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Submission
    Sign
    Wait Until Shown    result.notice
    The Page Lacks    result.serial
    End Run With    Receive The Answer And Confirm
    Run Should Have Ended    updated
    Journal Should Have    submitting    reconciling
    ${timeout}    Quote Error    PORTAL_TIMEOUT    seconds=5    awaited=${SPACE}(chờ result.notice, toast.error)
    Last Figure Should Be Missing Because
    ...    không đọc được thông báo của cổng (${timeout}); thay đổi được xác nhận bằng cách đăng nhập lại
    Portal Should Have    new    submissions=1

Notice Is Looked For In The Wrong Place
    [Documentation]    The profile's selector matches nothing: reconciled, and the evidence names it.
    The Profile Says    timeouts.submission=5    locators.result.notice=".no-such-notice"
    Come To The Submission
    End Run With    Finish The Update
    Run Should Have Ended    updated
    ${timeout}    Quote Error    PORTAL_TIMEOUT    seconds=5    awaited=${SPACE}(chờ result.notice, toast.error)
    Last Figure Should Be Missing Because
    ...    không đọc được thông báo của cổng (${timeout}); thay đổi được xác nhận bằng cách đăng nhập lại
    Portal Should Have    new    submissions=1

Notice Has No Place In The Profile
    [Documentation]    PROFILE_INCOMPLETE, before the portal is contacted.
    The Profile Says    locators.result.notice="?"    locators.form.phone=""    portal.home="?"
    End Run With    Begin The Run
    VAR    ${keys}
    ...    portal.home (để mở cổng, đăng nhập và đăng xuất);
    ...    locators.form.phone (để đọc và kiểm tra biểu mẫu);
    ...    locators.result.notice (để nhận kết quả)
    Run Should Have Ended    stopped    PROFILE_INCOMPLETE    profile=profile    keys=${keys}
    Portal Should Have    registered    submissions=0

Notice Has A Place That No Browser Understands
    [Documentation]    PROFILE_INVALID, before the portal is contacted.
    The Profile Says    locators.result.notice="mat-dialog-container:hass([data-result])"
    End Run With    Come To The Portal
    Run Should Have Ended    stopped    PROFILE_INVALID
    ...    profile=profile    reason=trình duyệt không hiểu bộ định vị của locators.result.notice
    Portal Should Have    registered    submissions=0

Notice Lacks The Receipt
    [Documentation]    It says what matters without it.
    [Tags]    smoke
    Come To The Submission
    Sign
    Wait Until Shown    result.notice
    The Page Lacks    result.transaction
    End Run With    Receive The Answer And Confirm
    Run Should Have Ended    updated
    Receipt Should Be Empty
    Portal Should Have    new    submissions=1

Notice Vanishes
    [Documentation]    Figure 6 and the log-out fail; the account is looked at all the same.
    Come To The Submission
    Sign
    Receive The Portal's Answer
    The Notice Vanishes
    End Run With    Take The Last Figure And Confirm
    Run Should Have Ended    updated
    Journal Should Have    accepted    figure-missing    confirmed
    Portal Should Have    new    submissions=1

Notice Is Wrong
    [Documentation]    SUBMISSION_UNKNOWN: the portal announces success and shows the old certificate.
    Come To The Submission
    Sign
    Receive The Portal's Answer
    Leave The Portal
    Register Certificate Meanwhile    ${ACCOUNT.registered_serial}    tax_code=${ACCOUNT.tax_code}
    End Run With    Confirm By Logging In Again
    Run Should Have Ended    unknown    SUBMISSION_UNKNOWN
    ...    reason=cổng báo thành công nhưng vẫn hiện chứng thư số ${ACCOUNT.registered_serial}
    Portal Should Have    registered    submissions=1
