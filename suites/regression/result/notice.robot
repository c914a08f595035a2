*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


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
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Receive The Answer And Confirm
    Journal Should Have    submitting    reconciling
    Portal Should Have    new    submissions=1

Notice Lacks The Receipt
    [Documentation]    It says what matters without it.
    [Tags]    smoke
    Come To The Submission
    Sign
    Wait Until Shown    result.notice
    The Page Lacks    result.transaction
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Receive The Answer And Confirm
    Receipt Should Be Empty
    Portal Should Have    new    submissions=1

Notice Vanishes
    [Documentation]    Figure 6 and the log-out fail; the account is looked at all the same.
    Come To The Submission
    Sign
    Receive The Portal's Answer
    The Notice Vanishes
    Run Should End    updated    no-error
    ...    ĐÃ CẬP NHẬT: Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.
    ...    Take The Last Figure And Confirm
    Journal Should Have    accepted    figure-missing    confirmed
    Portal Should Have    new    submissions=1

Notice Is Wrong
    [Documentation]    SUBMISSION_UNKNOWN: the portal announces success and shows the old certificate.
    Come To The Submission
    Sign
    Receive The Portal's Answer
    Leave The Portal
    Register Certificate Meanwhile    ${ACCOUNT.registered_serial}    tax_code=${ACCOUNT.tax_code}
    Run Should End
    ...    unknown
    ...    SUBMISSION_UNKNOWN
    ...    Đã gửi nhưng chưa chắc kết quả: cổng báo thành công nhưng vẫn hiện chứng thư số ${ACCOUNT.registered_serial}. Không gửi lại. Đăng nhập cổng, xem chứng thư số đang đăng ký; chỉ chạy lại khi vẫn là chứng thư số cũ.
    ...    Confirm By Logging In Again
    Portal Should Have    registered    submissions=1
