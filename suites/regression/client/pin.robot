*** Settings ***
Documentation    The PIN in a window that is not ours: given once, and what token and client say of it is heard.

Resource         ../../../resources/regression.resource

Test Tags        area:client


*** Variables ***
${PROFILE}    sandbox-client    # robocop: off=VAR02    `Set Up Run` reads it


*** Test Cases ***
PIN Is Wrong
    [Documentation]    PIN_INCORRECT: one try is spent, and nothing was submitted.
    VAR    ${TOKEN_PIN}    file:${SOMEBODY_ELSE.pin_file}    scope=TEST
    Come To The Submission
    End Run With    Finish The Update
    Run Should Have Ended    stopped    PIN_INCORRECT
    PIN State Should Be    count-low
    Portal Should Have    registered    submissions=0

PIN Is Blocked, As The Client Says
    [Documentation]    PIN_LOCKED: nothing was submitted.
    Come To The Certificate Window
    Set Client Fault    pin-blocked    tax_code=${ACCOUNT.tax_code}
    Come From The Certificate Window To The Submission
    End Run With    Finish The Update
    Run Should Have Ended    stopped    PIN_LOCKED
    Portal Should Have    registered    submissions=0

PIN Was Wrong Before
    [Documentation]    PIN_COUNT_LOW: no window is opened for it.
    [Setup]    Create The Account    pin_state=count-low
    End Run With    Begin The Run
    Run Should Have Ended    stopped    PIN_COUNT_LOW
    Portal Should Have    registered    submissions=0

Key Is Missing
    [Documentation]    CLIENT_NO_KEY: the certificate is listed, its key is not there; nothing was submitted.
    Come To The Certificate Window
    Set Client Fault    no-key    tax_code=${ACCOUNT.tax_code}
    End Run With    Press OK
    Run Should Have Ended    failed    CLIENT_NO_KEY    text=Keyset does not exist
    Portal Should Have    registered    submissions=0

Session Ends While The PIN Window Is Open
    [Documentation]    Nobody knows what arrived: the account is looked at again.
    Come To The Submission
    Set Portal Fault    submit    expire-session    tax_code=${ACCOUNT.tax_code}
    End Run With    Finish The Update
    Run Should Have Ended    failed    NOT_REGISTERED    serial=${ACCOUNT.registered_serial}
    Journal Should Have    submitting    signed    reconciling
    Portal Should Have    registered    submissions=0

Connection Breaks After Everything Is Stored
    [Documentation]    Logging in again finds the new certificate.
    Come To The Submission
    Set Portal Fault    submit    drop-after    tax_code=${ACCOUNT.tax_code}
    End Run With    Finish The Update
    Run Should Have Ended    updated
    Journal Should Have    submitting    signed    reconciling
    Portal Should Have    new    submissions=1


*** Keywords ***
Come From The Certificate Window To The Submission
    [Documentation]    OK is pressed, the PIN is in its field, and ``submitting`` on disk.
    Press OK
    Enter The PIN
    Pass The Point Of No Return
