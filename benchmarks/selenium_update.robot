*** Settings ***
Documentation    The guide's steps with SeleniumLibrary: the same clicks, signature and pictures, nothing around them.
...              Selenium has no browser contexts: the agent's windows open in a tab.

Library          SeleniumLibrary    timeout=15s    run_on_failure=NONE
Library          PeerLibrary.py

Task Setup       Start
Task Teardown    Stop


*** Variables ***
${SANDBOX}    ${EMPTY}    # state file of a sandbox that is already running; else one is started


*** Tasks ***
Update
    [Documentation]    All four steps, then the log-in that shows the result.
    Open The Portal
    Log In
    Open The Form
    ${serial}    Register
    Confirm The Certificate
    Enter The PIN
    Receive
    Confirm    ${serial}


*** Keywords ***
Start
    [Documentation]    Start sandbox, browser and signing agent.
    Start Sandbox    ${SANDBOX}
    ${options}    Browser Options
    ${driver}    Driver
    Open Browser    about:blank    chrome    options=${options}    service=executable_path='${driver}'
    Set Window Size    1280    900    inner=True
    ${agent}    Start Signing
    VAR    ${AGENT}    ${agent}    scope=TEST

Stop
    [Documentation]    Close what is open.
    Close All Browsers
    Stop Peer

Open The Portal
    [Documentation]    Open the home page and tell it where the agent listens.
    ${url}    Home Page
    Go To    ${url}
    Execute Javascript    localStorage.setItem('chukyso.agent', '${AGENT}')

Log In
    [Documentation]    Fill the dialog in, without pressing its button.
    Press    home.login
    Press    login.organisation
    ${account}    Account
    ${password}    Password
    Type    login.username    ${account}
    Type    login.password    ${password}
    ${locator}    Element    login.captcha_picture
    Wait Until Page Contains Element    ${locator}
    ${picture}    Get Element Attribute    ${locator}    src
    ${answer}    Captcha Answer    ${picture}
    Type    login.captcha    ${answer}

Open The Form
    [Documentation]    Send the login, then choose the menu's item.
    Take Figure    1    login.submit
    Press    login.submit
    Press    account.menu
    Wait For    account.change_information
    Take Figure    2    account.change_information
    Press    account.change_information

Register
    [Documentation]    Read, offer, tick, register; return the new serial.
    ${registered}    Registered Serial
    ${serial}    Offer Certificate    ${registered}
    Wait For    form.new_ready
    Press    form.commitment
    Take Figure    3    form.register
    Press    form.register
    RETURN    ${serial}

Confirm The Certificate
    [Documentation]    The certificate window, in a tab.
    ${portal}    Switch Window    CURRENT
    VAR    ${PORTAL}    ${portal}    scope=TEST
    ${window}    Take Signing Request
    Execute Javascript    window.open('', '_blank')
    Switch Window    NEW
    Go To    ${window}
    Wait For    certificate_window.accept
    Take Figure    4    certificate_window.accept
    Press    certificate_window.accept

Enter The PIN
    [Documentation]    The PIN window, then the signed document.
    Wait For    pin_window.ready
    Give Pin
    Wait For    pin_window.filled
    Take Figure    5    pin_window.accept
    Press    pin_window.accept
    ${document}    Signed Document
    Save Document    ${OUTPUT_DIR}${/}submission.xml    ${document}
    Switch Window    ${PORTAL}

Receive
    [Documentation]    Wait for the notice, then log out.
    Wait For    result.serial
    Take Figure    6    result.serial
    Press    result.close
    Log Out

Confirm
    [Documentation]    Log in again and compare what is registered.
    [Arguments]    ${serial}
    ${url}    Home Page
    Go To    ${url}
    Log In
    Press    login.submit
    Press    account.menu
    Press    account.change_information
    ${registered}    Registered Serial
    Should Be Equal    ${registered}    ${serial}
    Log Out

Log Out
    [Documentation]    By the account's menu.
    Press    account.menu
    Press    account.log_out
    Wait For    home.login

Registered Serial
    [Documentation]    What the form shows as registered, in lower case.
    Wait For    form.ready
    ${locator}    Element    form.ready
    ${serial}    Get Text    ${locator}
    RETURN    ${serial.lower()}

Press
    [Documentation]    Click an element of the profile once it is there.
    [Arguments]    ${name}
    ${locator}    Element    ${name}
    Wait Until Element Is Enabled    ${locator}
    Click Element    ${locator}

Type
    [Documentation]    Fill a field of the profile.
    [Arguments]    ${name}    ${text}
    ${locator}    Element    ${name}
    Wait Until Element Is Visible    ${locator}
    Input Text    ${locator}    ${text}

Wait For
    [Documentation]    Wait until an element of the profile is visible.
    [Arguments]    ${name}
    ${locator}    Element    ${name}
    Wait Until Element Is Visible    ${locator}

Take Figure
    [Documentation]    Frame the element to press and take the picture.
    [Arguments]    ${number}    ${mark}
    ${locator}    Element    ${mark}
    ${element}    Get WebElement    ${locator}
    Execute Javascript
    ...    arguments[0].style.outline = '3px solid #d0021b'; arguments[0].style.outlineOffset = '3px';
    ...    ARGUMENTS
    ...    ${element}
    Capture Page Screenshot    ${OUTPUT_DIR}${/}figure-${number}.png
