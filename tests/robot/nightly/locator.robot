*** Settings ***
Documentation    Data for nightly/test_failures.py: a button has another name than in the profile.

Library          Browser    timeout=15s    run_on_failure=None
Library          PortalLibrary


*** Variables ***
${URL}    ${EMPTY}


*** Test Cases ***
A Renamed Button
    [Documentation]    It is there, and cannot be found.
    Set Up Run    sandbox
    Open Browser For Run
    Open Context    ${URL}
    Evaluate JavaScript    .header-account button    (button) => button.textContent = "Đăng nhập hệ thống"
    Wait Until Shown    home.login    timeout=1s
    [Teardown]    End Browser
