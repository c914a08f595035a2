*** Settings ***
Documentation    What the token remembers of earlier tries, before anything is contacted.

Resource         ../../../resources/regression.resource

Test Tags        area:pin-window


*** Test Cases ***
PIN Is Locked
    [Documentation]    PIN_LOCKED.
    [Setup]    Create The Account    pin_state=locked
    End Run With    Begin The Run
    Run Should Have Ended    stopped    PIN_LOCKED
    Portal Should Have    registered    submissions=0

PIN Has One Try Left
    [Documentation]    PIN_FINAL_TRY.
    [Setup]    Create The Account    pin_state=final-try
    End Run With    Begin The Run
    Run Should Have Ended    stopped    PIN_FINAL_TRY
    Portal Should Have    registered    submissions=0

PIN Was Wrong Before
    [Documentation]    PIN_COUNT_LOW.
    [Setup]    Create The Account    pin_state=count-low
    End Run With    Begin The Run
    Run Should Have Ended    stopped    PIN_COUNT_LOW
    Portal Should Have    registered    submissions=0

PIN Has No Possible Length
    [Documentation]    PIN_LENGTH: the token is not asked.
    Somebody Keeps A PIN That Is Too Short
    End Run With    Begin The Run
    Run Should Have Ended    stopped    PIN_LENGTH    limits=4 đến 255 ký tự
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

PIN File Holds Something Else
    [Documentation]    PIN_CHARACTER: the token is not asked, and the file is not quoted.
    VAR    ${TOKEN_PIN}    file:${ACCOUNT.root_certificate}    scope=TEST
    End Run With    Begin The Run
    Run Should Have Ended    stopped    PIN_CHARACTER
    ...    name=TOKEN_PIN    character=ký tự điều khiển U+000A (LINE FEED)    place=ở giữa
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

PIN Is No Reference
    [Documentation]    SECRET_REFERENCE_INVALID: a PIN is never a variable's value.
    VAR    ${TOKEN_PIN}    12345678    scope=TEST
    End Run With    Begin The Run
    Run Should Have Ended    stopped    SECRET_REFERENCE_INVALID    name=TOKEN_PIN
    Portal Should Have    registered    submissions=0

No Token Is There
    [Documentation]    TOKEN_NOT_FOUND.
    [Setup]    Create The Account    token=${FALSE}
    End Run With    Begin The Run
    Run Should Have Ended    stopped    TOKEN_NOT_FOUND    serial=nào
    Portal Should Have    registered    submissions=0

Two Tokens Are There
    [Documentation]    TOKEN_AMBIGUOUS: nobody guesses.
    [Setup]    Create The Account    second_token=${TRUE}
    End Run With    Begin The Run
    Run Should Have Ended    stopped    TOKEN_AMBIGUOUS
    ...    count=2    serials=${{ ', '.join(sorted([$ACCOUNT.token_serial, $ACCOUNT.second_token_serial])) }}
    Portal Should Have    registered    submissions=0
