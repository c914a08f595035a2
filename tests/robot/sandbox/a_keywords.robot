*** Settings ***
Documentation    Every keyword of the library once, on a real sandbox.

Library          Collections
Library          SandboxLibrary


*** Test Cases ***
Details Name The Account
    [Documentation]    The default account is always the same.
    ${sandbox}    Get Sandbox Details
    Should Be Equal    ${sandbox.tax_code}    0101234565
    Should Start With    ${sandbox.portal_url}    http://127.0.0.1:

State And Scenario
    [Documentation]    Every scenario is an account of its own.
    ${account}    Create Scenario    registered    new    units=3
    ${state}    Get Account State    tax_code=${account.tax_code}
    Should Be Equal    ${state}[registered_serial]    ${account.registered_serial}
    Length Should Be    ${account.unit_codes}    3
    ${state}    Get Account State
    Should Not Be Equal    ${state}[registered_serial]    ${account.registered_serial}

Faults Sessions Locks And Revocation
    [Documentation]    Enums are converted in both spellings.
    Set Portal Fault    submit    drop-after    times=2
    Set Portal Fault    SUBMIT    DROP_AFTER    times=0
    ${ended}    Expire Portal Sessions
    Should Be Equal    ${ended}    ${0}
    Lock Portal Account
    ${state}    Get Account State
    Should Be True    ${state}[locked]
    Lock Portal Account    locked=False
    ${sandbox}    Get Sandbox Details
    Revoke Sandbox Certificate    ${sandbox.new_serial}

Errors Have Their Code
    [Documentation]    Each failure message begins with the code.
    Run Keyword And Expect Error    [[]SANDBOX_FAILED] *    Get Captcha Answer    data:image/png;base64,AAAA
    Run Keyword And Expect Error    [[]SANDBOX_FAILED] *    Start Sandbox
    Run Keyword And Expect Error    [[]OPTION_INVALID] *    Create Scenario    units=0
