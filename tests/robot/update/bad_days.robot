*** Settings ***
Documentation    Data suite: things that an operator, a page or a session may do wrong in the middle of a run. Each task
...              is run by itself and is meant to fail; tests/update/test_bad_days.py looks at how it ended.

Resource         ../../../resources/imports.resource

Task Setup       Prepare The Update
Task Teardown    Conclude The Update


*** Variables ***
${GAP}    () => document.querySelector('[data-result="serial"]').getBoundingClientRect().top
...       - document.querySelector("#body-dialog h3").getBoundingClientRect().bottom


*** Tasks ***
Browser Dies After The Submission
    [Documentation]    SUBMISSION_UNKNOWN: the document is under way and nobody is left to hear the answer.
    Come To The Certificate Window
    Press OK
    Enter The PIN
    Pass The Point Of No Return
    Press Chấp nhận
    Keep The Signed Document
    Close Browser    ALL
    Receive The Portal's Answer

Last Figure Cannot Be Taken
    [Documentation]    The change is made and only its picture fails: the run looks at what is registered all the same.
    Come To The Certificate Window
    Press OK
    Enter The PIN
    Pass The Point Of No Return
    Press Chấp nhận
    Keep The Signed Document
    Bước 4: Nhận kết quả

Nobody Asks For A Signature
    [Documentation]    SIGNING_NOT_REQUESTED, with its sentence.
    Open The Portal
    Wait For Our Signing Request

Answer Of The Agent Comes Too Late
    [Documentation]    The run gives up waiting, the page gets its signature all the same: reconciled, never "nothing
    ...    submitted".
    Come To The Certificate Window
    Press OK
    Enter The PIN
    Pass The Point Of No Return
    Press Chấp nhận
    Keep The Signed Document

Password Cannot Be Typed
    [Documentation]    ELEMENT_NOT_READY, and the password is in no log.
    Open The Portal
    Press    home.login
    Wait Until Shown    login.dialog
    Evaluate JavaScript    [formcontrolname="password"]    (field) => { field.readOnly = true }
    Set Browser Timeout    1s
    Fill In The Login Dialog


*** Keywords ***
Wait For Signed Document
    [Documentation]    In one task the run waits less long than the page; it sees the end of the wait only after the
    ...    page has submitted.
    IF    '${TEST NAME}' == 'Answer Of The Agent Comes Too Late'
        Wait Until Keyword Succeeds    20s    200ms    New Certificate Should Be Registered
        Stop Run    SIGNING_PENDING    seconds=0
    END
    ${signed}    TokenLibrary.Wait For Signed Document
    RETURN    ${signed}

Receive The Portal's Answer
    [Documentation]    In one task the notice vanishes as soon as it was read.
    result.Receive The Portal's Answer
    IF    '${TEST NAME}' == 'Last Figure Cannot Be Taken'
        Frame Should Have Room
        Evaluate JavaScript    ${NONE}    () => document.querySelector("mat-dialog-container").remove()
        Set Browser Timeout    1s
    END

Leave The Portal
    [Documentation]    The waiting time that the task took away is needed again.
    result.Leave The Portal
    Set Browser Timeout    10s

Frame Should Have Room
    [Documentation]    Figure 6 frames the serial, 8 pixels around it: the heading above is not touched.
    ${gap}    Evaluate JavaScript    ${NONE}    ${GAP}
    Should Be True    ${gap} > 8

New Certificate Should Be Registered
    [Documentation]    Looks behind the portal.
    ${state}    Get Account State    tax_code=${RUN.tax_code}
    Should Be Equal    ${state}[registered_serial]    ${CHOICE.certificate.serial}

Come To The Form
    [Documentation]    Bước 1 and the first half of Bước 2, without figures.
    Open The Portal
    Log In    with_figure=${FALSE}
    Open The Account Menu
    Choose Thay đổi thông tin
    Read The Registered Certificate
    Choose The New Certificate
    Let The Page Read The New Certificate
    Review The Form Against The Token

Come To The Certificate Window
    [Documentation]    To the moment when OK would be pressed.
    Come To The Form
    Tick The Commitment
    Press Đăng ký thay đổi thông tin
    Wait For Our Signing Request
    Open The Certificate Window And Compare It
