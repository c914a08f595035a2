*** Settings ***
Documentation     Data for evidence/test_figures.py: figures of a page whose every pixel is known.

Library           Browser    timeout=2s    run_on_failure=None
Library           EvidenceLibrary

Suite Setup       Open The Browser
Suite Teardown    Close Browser    ALL


*** Variables ***
${SITE}         ${EMPTY}
${CHROMIUM}     ${EMPTY}
${SANDBOXED}    True
${HOST}         document.querySelectorAll("chukyso-figure-marks").length
# Playwright leaves an empty style attribute where it hid the caret.
${PAGE}         document.documentElement.outerHTML.replaceAll(' style=""', "")


*** Test Cases ***
All Figures
    [Documentation]    Six figures, a mark that is not there, a figure that does not exist.
    Start Evidence
    Record Run    sandbox    ${SITE}/?token=geheim    rehearsal=True
    Bước 1: Đăng nhập vào Cổng thông tin điện tử BHXH Việt Nam
    Bước 2: Thực hiện thay đổi chữ ký số
    Bước 3: Xác nhận thay đổi thông tin
    Run Keyword And Expect Error    [[]PORTAL_CHANGED[]]*    Take Figure    5    id=nowhere
    The Page Is As It Was
    Run Keyword And Expect Error    [[]OPTION_INVALID[]]*    Take Figure    7
    [Teardown]    Conclude Evidence


*** Keywords ***
Bước 1: Đăng nhập vào Cổng thông tin điện tử BHXH Việt Nam
    [Documentation]    Two marks; then other secrets in the same fields.
    Go To    ${SITE}/form.html
    ${before}    Evaluate JavaScript    ${NONE}    () => ${PAGE}
    VAR    @{marks}    id=go    id=other
    Take Figure    1    ${marks}
    ${after}    Evaluate JavaScript    ${NONE}    () => ${PAGE}
    Should Be Equal    ${before}    ${after}
    Evaluate JavaScript    id=password    (field) => { field.value = "a-much-longer-password" }
    Evaluate JavaScript    id=pin    (field) => { field.value = "12" }
    Take Figure    2    id=go
    ${colour}    Evaluate JavaScript    id=pin    (field) => getComputedStyle(field).webkitTextFillColor
    Should Be Equal    ${colour}    rgb(0, 0, 0)
    The Page Is As It Was

Bước 2: Thực hiện thay đổi chữ ký số
    [Documentation]    A page longer than the window; then a modal dialog.
    Take Figure    3    id=bottom    full_page=True
    Evaluate JavaScript    id=dialog    (dialog) => dialog.showModal()
    Take Figure    4    id=ok
    Evaluate JavaScript    id=password    (field) => { field.value = "short" }
    Take Figure    6    id=ok
    The Page Is As It Was

Bước 3: Xác nhận thay đổi thông tin
    [Documentation]    A window under a policy that allows nothing.
    New Context    viewport={"width": 800, "height": 600}    deviceScaleFactor=2
    New Page    ${SITE}/strict/aZ09aZ09aZ09aZ09/window.html
    Take Figure    5    role=button[name="Chấp nhận"]
    The Page Is As It Was

The Page Is As It Was
    [Documentation]    Nothing of ours is left in the page.
    ${hosts}    Evaluate JavaScript    ${NONE}    () => ${HOST}
    Should Be Equal As Integers    ${hosts}    0

Open The Browser
    [Documentation]    A page of 800 x 600 at twice its size.
    New Browser    headless=True    executablePath=${CHROMIUM}    chromiumSandbox=${SANDBOXED}
    New Context    viewport={"width": 800, "height": 600}    deviceScaleFactor=2
    New Page    about:blank
