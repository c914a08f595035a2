*** Settings ***
Documentation    Accounts with several units: the one that UNIT_CODE names, never the first one.

Resource         ../../../resources/regression.resource

Test Tags        area:login


*** Test Cases ***
Unit Is Chosen
    [Documentation]    The second of three.
    [Setup]    Create The Account    units=3
    VAR    ${UNIT_CODE}    ${ACCOUNT.unit_codes}[1]    scope=TEST
    Come To The Menu
    Open The Account Menu
    Unit Should Be    ${ACCOUNT.unit_codes}[1]
    Choose Thay đổi thông tin
    Read The Registered Certificate
    End Run With    Go On From The Form
    Run Should Have Ended    dry-run
    Portal Should Have    registered    submissions=0

Unit Is Not Named
    [Documentation]    UNIT_REQUIRED: the units are listed.
    [Setup]    Create The Account    units=3
    Come To The Portal
    End Run With    Log In Without A Figure
    Run Should Have Ended    stopped    UNIT_REQUIRED    count=3    units=${{ ', '.join($ACCOUNT.unit_codes) }}
    Portal Should Have    registered    submissions=0

Unit Is Not Among Several
    [Documentation]    UNIT_UNKNOWN: the units are listed.
    [Setup]    Create The Account    units=3
    VAR    ${UNIT_CODE}    XX0000    scope=TEST
    Come To The Portal
    End Run With    Log In Without A Figure
    Run Should Have Ended    stopped    UNIT_UNKNOWN    unit=XX0000    units=${{ ', '.join($ACCOUNT.unit_codes) }}
    Portal Should Have    registered    submissions=0

Unit Is Not The Only One
    [Documentation]    UNIT_UNKNOWN: nobody asks which one, so the menu is read.
    VAR    ${UNIT_CODE}    XX0000    scope=TEST
    Come To The Menu
    End Run With    Open The Account Menu
    Run Should Have Ended    stopped    UNIT_UNKNOWN    unit=XX0000    units=${ACCOUNT.unit_codes}[0]
    Portal Should Have    registered    submissions=0
