*** Settings ***
Documentation    Tick-box, double click, the browser's own buttons.

Resource         ../../../resources/regression.resource

Test Tags        area:form


*** Variables ***
${AFTER_THE_PIN}    No Operation


*** Test Cases ***
Box Is Not Ticked
    [Documentation]    BOX_NOT_TICKED: the page sends nothing.
    [Tags]    smoke
    Come To The Registration
    Somebody Unticks The Commitment
    Press Đăng ký thay đổi thông tin
    End Run With    Wait For Our Signing Request
    Run Should Have Ended    stopped    BOX_NOT_TICKED
    Portal Should Have    registered    submissions=0

Commitment Reads Otherwise
    [Documentation]    PORTAL_CHANGED: nobody ticks another sentence.
    Come To The Commitment
    The Commitment Reads Otherwise
    End Run With    Tick The Commitment
    Run Should Have Ended    failed    PORTAL_CHANGED    what=form.commitment
    Portal Should Have    registered    submissions=0

Button Is Pressed Twice
    [Documentation]    One request, one submission.
    Come To The Registration
    Somebody Presses Twice    form.register
    Wait For Our Signing Request
    Open The Certificate Window And Compare It
    Press OK
    Enter The PIN
    Pass The Point Of No Return
    End Run With    Finish The Update
    Run Should Have Ended    updated
    Portal Should Have    new    submissions=1

Somebody Goes Back From The Form
    [Documentation]    PORTAL_CHANGED: the form is gone.
    Come To The Review
    Somebody Goes Back
    End Run With    Review The Form Against The Token
    Run Should Have Ended    failed    PORTAL_CHANGED    what=certificate.serial
    Portal Should Have    registered    submissions=0

Somebody Goes Back Before The PIN Is Given
    [Documentation]    BROWSER_CLOSED: a page that was left gets no signature.
    Come To The PIN Window
    Somebody Goes Back
    End Run With    Enter The PIN
    Run Should Have Ended    failed    BROWSER_CLOSED
    Portal Should Have    registered    submissions=0

Somebody Goes Back While The PIN Is Given
    [Documentation]    BROWSER_CLOSED: the window is gone with the page, and that is what is said.
    VAR    ${AFTER_THE_PIN}    Somebody Goes Back    scope=TEST
    Come To The PIN Window
    End Run With    Enter The PIN
    Run Should Have Ended    failed    BROWSER_CLOSED
    Portal Should Have    registered    submissions=0

Form Is Reloaded Before The Review
    [Documentation]    The session stays, the certificate is read again.
    Come To The Form
    Somebody Reloads The Page
    Page Should Have Been Reloaded
    Read The Registered Certificate
    End Run With    Go On From The Form
    Run Should Have Ended    dry-run
    Portal Should Have    registered    submissions=0

Form Is Reloaded After The Tick
    [Documentation]    ELEMENT_NOT_READY: the certificate was offered once, so that the button stays locked.
    Come To The Registration
    Somebody Reloads The Page
    Nobody Waits For Long
    End Run With    Press Đăng ký thay đổi thông tin
    Run Should Have Ended    failed    ELEMENT_NOT_READY    what=form.register    why=đang bị khóa
    Portal Should Have    registered    submissions=0

Something Lies Above The Button
    [Documentation]    ELEMENT_COVERED: what lies there is named.
    Come To The Registration
    A Notice Lies Above The Page
    End Run With    Press Đăng ký thay đổi thông tin
    Run Should Have Ended    failed    ELEMENT_COVERED    what=form.register    cover=<div id="che"></div>
    Portal Should Have    registered    submissions=0

Button Is There Twice
    [Documentation]    ELEMENT_AMBIGUOUS: nobody guesses which one is meant.
    Come To The Registration
    The Page Shows Twice    form.register
    End Run With    Press Đăng ký thay đổi thông tin
    Run Should Have Ended    failed    ELEMENT_AMBIGUOUS    what=form.register    count=2
    Portal Should Have    registered    submissions=0


*** Keywords ***
Enter Token PIN
    [Documentation]    In one case somebody is faster than the window.
    [Arguments]    ${secret}
    TokenLibrary.Enter Token PIN    ${secret}
    Run Keyword    ${AFTER_THE_PIN}
