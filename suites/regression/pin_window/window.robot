*** Settings ***
Documentation    The window in which the PIN is used: once, and only after the point of no return is on disk.

Resource         ../../../resources/regression.resource

Test Tags        area:pin-window


*** Test Cases ***
Operator Cancels
    [Documentation]    SIGNING_CANCELLED: no try is spent, nothing is submitted.
    Come To The Submission
    Somebody Presses Cancel
    End Run With    Keep The Signed Document
    Run Should Have Ended    stopped    SIGNING_CANCELLED    window=nhập mã PIN
    PIN State Should Be    ok
    Journal Should Have    submitting    not-submitted
    Portal Should Have    registered    submissions=0

PIN Is Wrong
    [Documentation]    PIN_INCORRECT: exactly one try is spent, nothing is submitted.
    [Tags]    smoke
    VAR    ${TOKEN_PIN}    file:${SOMEBODY_ELSE.pin_file}    scope=TEST
    Come To The Submission
    End Run With    Sign
    Run Should Have Ended    stopped    PIN_INCORRECT
    Journal Should Have    submitting    not-submitted
    PIN State Should Be    count-low
    Portal Should Have    registered    submissions=0

Chấp nhận Is Pressed Too Early
    [Documentation]    The button does nothing until the journal is on disk; then the run goes on.
    Come To The PIN Window
    Enter The PIN
    Somebody Presses Chấp nhận Too Early
    PIN Window Should Ask To Wait
    Pass The Point Of No Return
    End Run With    Finish The Update
    Run Should Have Ended    updated
    Journal Should Have    submitting    signed
    Portal Should Have    new    submissions=1
