*** Settings ***
Documentation    Data suite: a person answers the captcha in the page. tests/update/test_bad_days.py runs it.

Resource         ../../../resources/imports.resource

Task Setup       Prepare The Update
Task Teardown    Conclude The Update


*** Variables ***
# Types like a person, a moment later, and presses Enter out of habit.
${TYPE_AND_ENTER}    (field, answer) => setTimeout(() => {
...                  field.value = answer;
...                  field.dispatchEvent(new Event("input", { bubbles: true }));
...                  field.form.requestSubmit();
...                  }, 700)


*** Tasks ***
Operator Types The Captcha And Presses Enter
    [Documentation]    Figure 1 is taken all the same, and the login goes on.
    Come To The Captcha
    ${picture}    Get Captcha Picture
    ${answer}    Get Captcha Answer    ${picture}
    Let Somebody Type And Press Enter    ${answer}
    Wait For Operator To Answer Captcha
    Take Figure Of The Page    1    login.submit
    Let The Form Go
    Press    login.submit
    Wait For The Answer To The Login
    Finish Run    dry-run

Operator Types A Wrong Captcha First
    [Documentation]    The portal says no; the person is told, and types what the new picture shows.
    Come To The Captcha
    ${wrong}    Log In With What Somebody Types    0000
    Should Be True    ${wrong}
    Wait Until Gone    toast.error
    Fill In The Login Dialog
    Wait Until Shown    login.captcha_picture
    ${picture}    Get Captcha Picture
    ${answer}    Get Captcha Answer    ${picture}
    ${wrong}    Log In With What Somebody Types    ${answer}    again=${TRUE}
    Should Not Be True    ${wrong}
    Finish Run    dry-run

Operator Presses Chấp nhận Too Early
    [Documentation]    The button does nothing until ``submitting`` is on disk; then the run goes on as ever.
    Bước 1: Đăng nhập vào Cổng thông tin điện tử BHXH Việt Nam
    Bước 2: Thực hiện thay đổi chữ ký số
    Wait For Our Signing Request
    Open The Certificate Window And Compare It
    Press OK
    Enter The PIN
    Accept Signing Window
    Wait Until Button Answers
    Pass The Point Of No Return
    Press Chấp nhận
    Keep The Signed Document
    Bước 4: Nhận kết quả


*** Keywords ***
Wait Until Button Answers
    [Documentation]    The window says that the program is not ready.
    Get Text    output    contains    xin chờ

Come To The Captcha
    [Documentation]    Everything but the captcha is filled in.
    Open The Portal
    Press    home.login
    Fill In The Login Dialog
    Wait Until Shown    login.captcha_picture

Log In With What Somebody Types
    [Documentation]    Return whether the portal called the captcha wrong.
    [Arguments]    ${answer: str}    ${again: bool}=${FALSE}
    Let Somebody Type And Press Enter    ${answer}
    Wait For Operator To Answer Captcha    again=${again}
    Let The Form Go
    Press    login.submit
    ${wrong}    Wait For The Answer To The Login
    RETURN    ${wrong}

Let Somebody Type And Press Enter
    [Documentation]    In a moment, while the run waits.
    [Arguments]    ${answer: str}
    ${field}    Locator    login.captcha
    Evaluate JavaScript    ${field}    ${TYPE_AND_ENTER}    arg=${answer}
