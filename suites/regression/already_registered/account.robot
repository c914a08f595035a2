*** Settings ***
Documentation    Nothing to do: nothing is submitted.

Resource         ../../../resources/regression.resource

Test Tags        area:already-registered


*** Test Cases ***
New Certificate Is Registered
    [Documentation]    Nothing is asked of the page.
    [Tags]    smoke
    [Setup]    Create The Account    registered    new    registered=new
    Come To The Form
    End Run With    Show The New Certificate
    Run Should Have Ended    already-registered
    Journal Should Not Have    submitting
    Portal Should Have    new    submissions=0

Token Has The Registered One Only
    [Documentation]    There is nothing newer.
    [Setup]    Create The Account    registered
    Come To The Form
    End Run With    Show The New Certificate
    Run Should Have Ended    already-registered
    Portal Should Have    registered    submissions=0

Registered One Is Asked For
    [Documentation]    CERT_SERIAL names it.
    VAR    ${CERT_SERIAL}    ${ACCOUNT.registered_serial}    scope=TEST
    Come To The Form
    End Run With    Show The New Certificate
    Run Should Have Ended    already-registered
    Portal Should Have    registered    submissions=0

Somebody Registered It Meanwhile
    [Documentation]    After the run began, before it looked.
    Come To The Menu
    Register Certificate Meanwhile    ${ACCOUNT.new_serial}    tax_code=${ACCOUNT.tax_code}
    End Run With    Go On From The Menu
    Run Should Have Ended    already-registered
    Portal Should Have    new    submissions=0

Newer One Has Expired
    [Documentation]    The registered one stays.
    [Setup]    Create The Account    registered    expired
    Come To The Form
    End Run With    Show The New Certificate
    Run Should Have Ended    already-registered
    Portal Should Have    registered    submissions=0
