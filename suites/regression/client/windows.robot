*** Settings ***
Documentation    The client's native windows on bad days: late, hidden, twice, gone, with other certificates.

Resource         ../../../resources/regression.resource

Test Tags        area:client


*** Variables ***
${PROFILE}    sandbox-client    # robocop: off=VAR02    `Set Up Run` reads it


*** Test Cases ***
Certificate Window Is Late
    [Documentation]    It is waited for.
    [Template]    The Update Goes Through With
    window-late    CERT

PIN Window Is Late
    [Documentation]    It is waited for.
    [Template]    The Update Goes Through With
    window-late    SIGN

Certificate Window Is Behind Others
    [Documentation]    It is brought to the front for its picture.
    [Template]    The Update Goes Through With
    window-behind    CERT

Certificate Window Is Hidden
    [Documentation]    WINDOW_NOT_FOUND says that it is there, and hidden.
    Come To The Registration
    Set Client Fault    window-hidden    on=CERT    tax_code=${ACCOUNT.tax_code}
    End Run With    Go On From The Registration
    Run Should Have Ended    stopped    WINDOW_NOT_FOUND
    ...    window=cửa sổ chứng thư số “bảng”    seconds=1    seen=; “Chọn chứng thư số” đang bị ẩn
    Portal Should Have    registered    submissions=0

PIN Window Is Hidden
    [Documentation]    WINDOW_NOT_FOUND: nothing was submitted.
    Come To The Certificate Window
    Set Client Fault    window-hidden    on=SIGN    tax_code=${ACCOUNT.tax_code}
    End Run With    Press OK
    Run Should Have Ended    stopped    WINDOW_NOT_FOUND
    ...    window=cửa sổ mã PIN “Chấp nhận”    seconds=20    seen=; “Xác thực mã PIN” đang bị ẩn
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

Certificate Window Comes Twice
    [Documentation]    WINDOW_AMBIGUOUS: nobody guesses.
    Come To The Registration
    Set Client Fault    window-twice    on=CERT    tax_code=${ACCOUNT.tax_code}
    End Run With    Go On From The Registration
    Run Should Have Ended    stopped    WINDOW_AMBIGUOUS    count=2    window=cửa sổ chứng thư số “bảng”
    Portal Should Have    registered    submissions=0

PIN Window Comes Twice
    [Documentation]    WINDOW_AMBIGUOUS: no PIN is given, whichever of the two was there first.
    Come To The Certificate Window
    Set Client Fault    window-twice    on=SIGN    tax_code=${ACCOUNT.tax_code}
    End Run With    Press OK And Enter The PIN
    Run Should Have Ended    stopped    WINDOW_AMBIGUOUS    count=2    window=cửa sổ mã PIN “Chấp nhận”
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

Somebody Cancels In The Certificate Window
    [Documentation]    SIGNING_CANCELLED: nothing was submitted.
    Come To The Certificate Window
    Somebody Presses Cancel
    End Run With    Press OK
    Run Should Have Ended    stopped    SIGNING_CANCELLED    window=của chương trình ký
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

Somebody Cancels In The PIN Window
    [Documentation]    SIGNING_CANCELLED: the PIN is not tried.
    Come To The PIN Window
    Somebody Presses Cancel
    End Run With    Enter The PIN
    Run Should Have Ended    stopped    SIGNING_CANCELLED    window=của chương trình ký
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

PIN Window Draws Itself
    [Documentation]    WINDOW_UNDRIVABLE: a window of Windows Security takes no PIN from a program.
    VAR    ${PIN_WINDOW}    windows-security    scope=TEST
    Come To The Certificate Window
    End Run With    Press OK
    Run Should Have Ended    stopped    WINDOW_UNDRIVABLE    window=cửa sổ mã PIN “Windows Security”
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0

Page Gets Another Certificate
    [Documentation]    PORTAL_REJECTED: the right row was chosen, the page got the old certificate; no PIN is given.
    Come To The Registration
    Set Client Fault    other-certificate    tax_code=${ACCOUNT.tax_code}
    Register And Open The Certificate Window
    End Run With    Press OK
    Run Should Have Ended    rejected    PORTAL_REJECTED
    ...    text=Chứng thư số này đang được đăng ký, không có gì để thay đổi. (CERT_ALREADY_REGISTERED)
    PIN State Should Be    ok
    Portal Should Have    registered    submissions=0


*** Keywords ***
The Update Goes Through With
    [Documentation]    A window that is not as on good days, and is waited for or brought up.
    [Arguments]    ${fault: str}    ${request: str}
    Come To The Registration
    Set Client Fault    ${fault}    on=${request}    time=3s    tax_code=${ACCOUNT.tax_code}
    End Run With    Go On From The Registration
    Run Should Have Ended    updated
    Portal Should Have    new    submissions=1

Press OK And Enter The PIN
    [Documentation]    To the last moment before the point of no return.
    Press OK
    Enter The PIN
