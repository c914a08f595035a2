*** Settings ***
Documentation    Good days with the portal's own signing client, whichever window asks for the PIN.

Resource         ../../../resources/regression.resource

Test Tags        area:client    no-fault


*** Variables ***
${PROFILE}    sandbox-client


*** Test Cases ***
Whole Guide With Its Six Figures
    [Documentation]    Figures 4 and 5 are of native windows.
    [Tags]    smoke
    Come To The Portal
    End Run With    Follow The Guide
    Run Should Have Ended    updated
    Figures Should Be    1    2    3    4    5    6
    PIN State Should Be    ok
    Portal Should Have    new    submissions=1
