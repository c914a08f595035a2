*** Settings ***
Documentation    Good days with the portal's own signing client, whichever window asks for the PIN.

Resource         ../../../resources/regression.resource

Test Tags        area:client    no-fault


*** Variables ***
${PROFILE}    sandbox-client    # robocop: off=VAR02    `Set Up Run` reads it


*** Test Cases ***
Whole Guide With Its Six Figures
    [Documentation]    Figures 4 and 5 are of native windows.
    Come To The Portal
    End Run With    Follow The Guide
    Run Should Have Ended    updated
    Figures Should Be    1    2    3    4    5    6
    PIN State Should Be    ok
    Portal Should Have    new    submissions=1

Window Says Đăng nhập
    [Documentation]    Another maker's window, with a box besides.
    [Template]    The PIN Window Is
    login-vi

Window Says Xác nhận
    [Documentation]    Another maker's window.
    [Template]    The PIN Window Is
    confirm-vi

Window Says Login
    [Documentation]    In English.
    [Template]    The PIN Window Is
    verify-user-pin

Window Says OK
    [Documentation]    In English, and its field is called a password.
    [Template]    The PIN Window Is
    token-logon

Dry Run
    [Documentation]    Nothing is asked of the client.
    VAR    ${DRY_RUN}    True    scope=TEST
    Come To The Registration
    End Run With    Finish When This Is A Dry Run
    Run Should Have Ended    dry-run
    Portal Should Have    registered    submissions=0

Registered Already
    [Documentation]    Nothing is asked of the client.
    [Setup]    Create The Account    registered=new
    Come To The Form
    End Run With    Show The New Certificate
    Run Should Have Ended    already-registered
    Portal Should Have    new    submissions=0


*** Keywords ***
The PIN Window Is
    [Documentation]    The update goes through with this kind of window.
    [Arguments]    ${kind: str}
    VAR    ${PIN_WINDOW}    ${kind}    scope=TEST
    Come To The Submission
    End Run With    Finish The Update
    Run Should Have Ended    updated
    Portal Should Have    new    submissions=1
