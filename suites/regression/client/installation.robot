*** Settings ***
Documentation    Something of the client is missing, broken or busy: the page says so before anybody gives a PIN.

Resource         ../../../resources/regression.resource

Test Tags        area:client


*** Variables ***
${PROFILE}    sandbox-client


*** Test Cases ***
Extension Is Missing
    [Documentation]    CLIENT_MISSING: nothing in the browser answers the page.
    VAR    ${EXTENSION_IS_THERE}    ${FALSE}    scope=TEST
    Come To The Registration
    End Run With    Go On From The Registration
    Run Should Have Ended    stopped    CLIENT_MISSING
    ...    part=cổng báo “Chưa cài đặt Extension ký số, hoặc Extension đang bị tắt.”
    Portal Should Have    registered    submissions=0

Host Is Not Registered
    [Documentation]    CLIENT_MISSING: the browser knows no program of that name.
    [Tags]    smoke
    [Template]    The Program Cannot Be Reached With
    not-registered

Host Is Registered With A Wrong Path
    [Documentation]    CLIENT_MISSING: the program was moved or removed.
    [Template]    The Program Cannot Be Reached With
    wrong-path

Host Is Registered For Another Extension
    [Documentation]    CLIENT_MISSING: the extension was replaced by another one.
    [Template]    The Program Cannot Be Reached With
    wrong-extension

Host Crashes
    [Documentation]    CLIENT_REFUSED: the program ends instead of showing its window.
    Come To The Registration
    Set Client Fault    crash    on=CERT    tax_code=${ACCOUNT.tax_code}
    End Run With    Go On From The Registration
    Run Should Have Ended    failed    CLIENT_REFUSED    text=Ứng dụng ký số gặp lỗi khi thực hiện.
    Portal Should Have    registered    submissions=0

Host Is Silent
    [Documentation]    SIGNING_NOT_REQUESTED: no window ever comes.
    ${profile}    Change Profile    timeouts.signing=4
    VAR    ${PROFILE}    ${profile}    scope=TEST
    Come To The Registration
    Set Client Fault    silent    on=CERT    tax_code=${ACCOUNT.tax_code}
    End Run With    Go On From The Registration
    Run Should Have Ended    failed    SIGNING_NOT_REQUESTED    seconds=4
    Portal Should Have    registered    submissions=0

Client Is Busy
    [Documentation]    CLIENT_BUSY: another page or window has it.
    Come To The Registration
    Set Client Fault    busy    tax_code=${ACCOUNT.tax_code}
    End Run With    Go On From The Registration
    Run Should Have Ended    failed    CLIENT_BUSY
    ...    text=Ứng dụng ký số đang thực hiện một yêu cầu khác. Vui lòng thử lại sau.
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

Client Gets No List
    [Documentation]    CLIENT_NO_LIST: "Value cannot be null", a broken driver or an expired certificate.
    Come To The Registration
    Set Client Fault    value-null    tax_code=${ACCOUNT.tax_code}
    End Run With    Go On From The Registration
    Run Should Have Ended    stopped    CLIENT_NO_LIST    text=Value cannot be null. Parameter name: source
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

Client Sees No Token
    [Documentation]    CLIENT_NO_TOKEN: port, driver, smart-card service.
    Come To The Registration
    Set Client Fault    empty-list    tax_code=${ACCOUNT.tax_code}
    End Run With    Go On From The Registration
    Run Should Have Ended    stopped    CLIENT_NO_TOKEN
    ...    text=Không tìm thấy chứng thư số hợp lệ hoặc Token chưa được cắm
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

Driver Does Not Load
    [Documentation]    CLIENT_NO_TOKEN: the program cannot load it.
    Come To The Registration
    Set Client Fault    driver    tax_code=${ACCOUNT.tax_code}
    End Run With    Go On From The Registration
    Run Should Have Ended    stopped    CLIENT_NO_TOKEN
    ...    text=Bạn không cắm token hoặc không có driver token phù hợp!
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0


*** Keywords ***
The Program Cannot Be Reached With
    [Documentation]    The page says which part is missing.
    [Arguments]    ${fault: str}
    Come To The Registration
    Set Client Fault    ${fault}    tax_code=${ACCOUNT.tax_code}
    End Run With    Go On From The Registration
    Run Should Have Ended    stopped    CLIENT_MISSING
    ...    part=cổng báo “Không kết nối được ứng dụng nền ký số. Hãy cài đặt hoặc mở lại ứng dụng nền.”
    Journal Should Not Have    submitting
    Portal Should Have    registered    submissions=0
