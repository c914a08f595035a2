*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


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
    Run Should End    dry-run    no-error
    ...    CHẠY THỬ: Dừng lại theo yêu cầu trước khi đăng ký thay đổi. Không có gì được gửi lên cổng.
    ...    Go On From The Form
    Portal Should Have    registered    submissions=0

Unit Is Not Named
    [Documentation]    UNIT_REQUIRED: the units are listed.
    [Setup]    Create The Account    units=3
    Come To The Portal
    Run Should End    stopped    UNIT_REQUIRED
    ...    Tài khoản có 3 đơn vị: ${{ ', '.join($ACCOUNT.unit_codes) }}. Chạy lại với một đơn vị trong số đó: --variable UNIT_CODE:MÃ.
    ...    Log In Without A Figure
    Portal Should Have    registered    submissions=0

Unit Is Not Among Several
    [Documentation]    UNIT_UNKNOWN: the units are listed.
    [Setup]    Create The Account    units=3
    VAR    ${UNIT_CODE}    XX0000    scope=TEST
    Come To The Portal
    Run Should End    stopped    UNIT_UNKNOWN
    ...    Tài khoản không có đơn vị “XX0000” (có: ${{ ', '.join($ACCOUNT.unit_codes) }}). Sửa UNIT_CODE theo một đơn vị trong số đó rồi chạy lại.
    ...    Log In Without A Figure
    Portal Should Have    registered    submissions=0

Unit Is Not The Only One
    [Documentation]    UNIT_UNKNOWN: nobody asks which one, so the menu is read.
    VAR    ${UNIT_CODE}    XX0000    scope=TEST
    Come To The Menu
    Run Should End    stopped    UNIT_UNKNOWN
    ...    Tài khoản không có đơn vị “XX0000” (có: ${ACCOUNT.unit_codes}[0]). Sửa UNIT_CODE theo một đơn vị trong số đó rồi chạy lại.
    ...    Open The Account Menu
    Portal Should Have    registered    submissions=0
