*** Settings ***
Documentation    Runs after a suite that used the library has ended.

Library          SandboxLibrary


*** Test Cases ***
The Sandbox Of The Upper Suite Still Runs
    [Documentation]    The end of the lower suite before this one did not end it.
    ${state}    Get Account State
    Should Be Equal    ${state}[tax_code]    0101234565
