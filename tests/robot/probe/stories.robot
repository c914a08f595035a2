*** Settings ***
Documentation     One portal through its days, probed each time. tests/probe/test_run.py looks at what each probe wrote.

Library           OperatingSystem
Library           SandboxLibrary
Resource          ../../../resources/probe.resource

Suite Setup       Begin The Days
Suite Teardown    End The Days
Test Template     Probe On A Day


*** Variables ***
${KNOWN_PARTLY}    ${EMPTY}
${RESTLESS}        ${EMPTY}
${NOBODY}          ${EMPTY}
${SILENT}          ${EMPTY}
${UNTRUSTED}       ${EMPTY}


*** Test Cases ***
First    usual
Same Again    usual
Reworded    reworded
Reworded Back    usual
Changed    changed
Changed Back    usual
Moved Field    moved-field
No Captcha    no-captcha
Strict    reworded    strict=True
Too Many Requests    usual    max_requests=5
Known Partly    usual    profile=${KNOWN_PARTLY}
Not Reading Only    usual    profile=${RESTLESS}
Nobody There    usual    profile=${NOBODY}
Silent    usual    profile=${SILENT}
Untrusted    usual    profile=${UNTRUSTED}


*** Keywords ***
Begin The Days
    [Documentation]    In the sandbox that tells, or in one of its own.
    Start Sandbox    state_file=${{ $SANDBOX or None }}

End The Days
    [Documentation]    The next user of the sandbox finds it as it was.
    Set Portal Layout    usual
    Close Browser    ALL

Probe On A Day
    [Documentation]    What the suite does, in a browser that stays open. How it ended is in the files.
    [Arguments]    ${layout: str}    ${profile: str}=${PROFILE}    ${strict: bool}=${FALSE}    ${max_requests: int}=80
    Set Portal Layout    ${layout}
    ${sandbox}    Get Sandbox Details
    Set Up Probe
    ...    ${profile}
    ...    portal_url=${sandbox.portal_url}
    ...    strict=${strict}
    ...    max_requests=${max_requests}
    ...    allow_post=${ALLOW_POST}
    VAR    ${ended}    PASS
    TRY
        Look At Everything
    EXCEPT    AS    ${error}
        VAR    ${ended}    FAIL ${error}
    END
    Conclude Probe    ${ended[:4]}    ${ended[5:]}
    Close Context    ALL
    Copy Files    ${OUTPUT_DIR}${/}probe.*    ${OUTPUT_DIR}${/}days${/}${TEST_NAME}${/}
    Create File    ${OUTPUT_DIR}${/}days${/}${TEST_NAME}${/}ended.txt    ${ended}

Look At Everything
    [Documentation]    The sentences of the suite.
    The Portal Is Who It Says It Is
    The Home Page Opens
    The Home Page Has What The Guide Needs
    The Login Dialog Opens And Has What The Guide Needs
    The Differences To The Last Good Probe Are Told
