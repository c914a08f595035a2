*** Settings ***
Documentation    Password and lock: a wrong password is tried once, a locked account never again.

Resource         ../../../resources/regression.resource

Test Tags        area:login


*** Test Cases ***
Wrong Password Is Tried Once
    [Documentation]    LOGIN_FAILED: nothing is tried again.
    [Tags]    smoke
    VAR    ${PORTAL_PASSWORD}    file:${SOMEBODY_ELSE.password_file}    scope=TEST
    Come To The Portal
    End Run With    Log In Without A Figure
    Run Should Have Ended    stopped    LOGIN_FAILED
    Wrong Passwords Should Be    1
    Portal Should Have    registered    submissions=0

Account Is Locked
    [Documentation]    ACCOUNT_LOCKED.
    [Setup]    Create The Account    locked=${TRUE}
    Come To The Portal
    End Run With    Log In Without A Figure
    Run Should Have Ended    stopped    ACCOUNT_LOCKED
    Portal Should Have    registered    submissions=0

Account Is Locked After The Run Began
    [Documentation]    ACCOUNT_LOCKED: the lock came while the home page was open.
    Come To The Portal
    Lock Portal Account    tax_code=${ACCOUNT.tax_code}
    End Run With    Log In Without A Figure
    Run Should Have Ended    stopped    ACCOUNT_LOCKED
    Portal Should Have    registered    submissions=0

Password Cannot Be Typed
    [Documentation]    ELEMENT_NOT_READY: the field takes nothing.
    Come To The Portal
    Press    home.login
    Wait Until Shown    login.dialog
    The Password Field Is Locked
    End Run With    Fill In The Login Dialog
    Run Should Have Ended    failed    ELEMENT_NOT_READY    what=login.password    why=chỉ để đọc
    Portal Should Have    registered    submissions=0

Page Belongs To Another Account
    [Documentation]    REVIEW_MISMATCH: the MST at the top right is somebody else's.
    Come To The Menu
    The Page Shows Otherwise    account.tax_code    0000000000
    End Run With    Open The Account Menu
    Run Should Have Ended    stopped    REVIEW_MISMATCH
    ...    field=tài khoản đăng nhập    found=0000000000    expected=${ACCOUNT.tax_code}
    Portal Should Have    registered    submissions=0

Password File Cannot Be Read
    [Documentation]    SECRET_UNREADABLE: before the portal is contacted.
    VAR    ${PORTAL_PASSWORD}    file:/khong/co    scope=TEST
    End Run With    Begin The Run
    Run Should Have Ended    stopped    SECRET_UNREADABLE
    ...    name=PORTAL_PASSWORD    reference=file:/khong/co    reason=không có tệp này
    Portal Should Have    registered    submissions=0
