*** Settings ***
Documentation    Data suite: one real form of the sandbox, changed by script in several ways, each time in evidence of
...              its own. tests/figures/test_changes.py looks at what came of it.

Resource         ../../../resources/imports.resource
Library          OperatingSystem

Task Setup       Prepare The Update
Task Teardown    Conclude The Update


*** Variables ***
# robocop: off=VAR02    a name chooses one of them: `Take A Variant`
${MOVED}      () => { document.querySelector(".commitment button.primary").style.translate = "-60px 0" }
${RENAMED}    () => { document.querySelector('[data-certificate="new"] dt').textContent = "Số sê-ri" }
${BANNER}     () => { document.querySelector("app-change-information").insertAdjacentHTML("afterbegin",
...           '<p style="background:#fde9a9;padding:10px" id="banner">Cổng sẽ bảo trì đêm nay.</p>') }
${COLOUR}     () => { document.querySelector(".commitment button.primary").style.background = "#0a7a3c" }
${NAMES}      () => { const owner = "HỘ KINH DOANH Ủ Ấ";
...           document.querySelectorAll('[data-field="owner"]').forEach((cell) => { cell.textContent = owner });
...           document.querySelector(".unit-facts dd").textContent = "CÔNG TY CỔ PHẦN MỘT TÊN DÀI HƠN NHIỀU (HƯ CẤU)";
...           document.querySelector('[formcontrolname="email"]').value = "a@b.example";
...           document.querySelector(".idAccount").textContent = "0312345678-001" }
${WRAPPED}    () => { document.querySelector('[data-certificate="new"] [data-field="owner"]').textContent
...           = "CÔNG TY TNHH MỘT TÊN DÀI ".repeat(5) }
${NOTHING}    () => {}
${DAMAGED}    a profile beside references of which one is damaged
# Written over two elements; a telephone with spaces; CCCD; the account's own MST, which looks like a telephone.
${PERSONS}    (mst) => { document.querySelector("app-change-information").insertAdjacentHTML("afterbegin",
...           `<div id="persons">
...           <p id="p0">giam.doc<b>@rieng</b>.example</p><p id="p1">0912 345 678</p><p id="p2">001099000123</p>
...           <p id="p3">\${mst}</p><input id="p4" value="ai.do@rieng.example"></div>`);
...           return JSON.stringify(["p0", "p1", "p2", "p3", "p4"].map((id) => {
...           const box = document.getElementById(id).getBoundingClientRect();
...           return [box.x, box.y, box.width, box.height] })) }
${CLEAN}      () => { document.querySelector("#persons").remove() }


*** Tasks ***
Form Changed In Several Ways
    [Documentation]    Each variant has a directory of its own.
    Come To The Ticked Form
    Conclude Evidence    FAIL    not looked at
    FOR    ${name}    IN    nothing    names    wrapped    moved    banner    colour
        Take A Variant    ${name}
    END
    Take A Strict Variant
    Take The Page Beside A Damaged Reference
    Take A Masked Variant
    Start Evidence    ${OUTPUT_DIR}${/}last
    Finish Run    dry-run


*** Keywords ***
Come To The Ticked Form
    [Documentation]    As in the guide, up to figure 3.
    Open The Portal
    Log In    with_figure=${FALSE}
    Open The Account Menu
    Choose Thay đổi thông tin
    Come Back To The Form

Come Back To The Form
    [Documentation]    The form, filled in and ticked.
    Read The Registered Certificate
    Choose The New Certificate
    Let The Page Read The New Certificate
    Tick The Commitment
    ${html}    Evaluate JavaScript    ${NONE}    () => document.querySelector("app-change-information").innerHTML
    VAR    ${FORM}    ${html}    scope=TEST

Take A Variant
    [Documentation]    Change the page, take figure 3, put the page back.
    [Arguments]    ${name: str}    ${stopping: bool}=${FALSE}
    Start Evidence    ${OUTPUT_DIR}${/}${name}    tax_code=${RUN.tax_code}
    Compare Figures With References    ${{ dataclasses.replace($RUN, strict_figures=$stopping) }}
    Evaluate JavaScript    ${NONE}    ${${name}}
    TRY
        Take Figure Of The Page    3    form.register
        Conclude Evidence    FAIL    not strict
    EXCEPT    AS    ${error}
        Conclude Evidence    FAIL    ${error}
    END
    Put The Form Back

Put The Form Back
    [Documentation]    The markup as it was; a box's tick and fields' values are no markup.
    VAR    ${script}    (html) => { document.querySelector("app-change-information").innerHTML = html;
    ...    document.querySelector("[formcontrolname=commitment]").checked = true;
    ...    document.querySelector("[formcontrolname=email]").value = "ketoan@sandbox.example";
    ...    document.querySelector("[formcontrolname=phone]").value = "0240000000";
    ...    document.querySelector(".commitment button.primary").disabled = false }
    ...    separator=
    Evaluate JavaScript    ${NONE}    ${script}    arg=${FORM}

Take A Strict Variant
    [Documentation]    With STRICT_FIGURES the first changed figure ends the run.
    Take A Variant    renamed    ${TRUE}

Take The Page Beside A Damaged Reference
    [Documentation]    Nothing is compared with it, and the run goes on.
    VAR    ${beside}    ${{ dataclasses.replace($RUN.profile, source=pathlib.Path($DAMAGED)) }}
    Start Evidence    ${OUTPUT_DIR}${/}damaged    tax_code=${RUN.tax_code}
    Compare Figures With References    ${{ dataclasses.replace($RUN, profile=$beside) }}
    Take Figure Of The Page    3    form.register
    Conclude Evidence    FAIL    not strict

Take A Masked Variant
    [Documentation]    Data about persons where no selector names it, and a picture of a failure.
    Start Evidence    ${OUTPUT_DIR}${/}masked    privacy=masked    tax_code=${RUN.tax_code}
    Compare Figures With References    ${RUN}
    ${boxes}    Evaluate JavaScript    ${NONE}    ${PERSONS}    arg=${RUN.tax_code}
    Take Figure Of The Page    3    form.register
    Take Failure Picture
    Create File    ${OUTPUT_DIR}${/}boxes.json    ${boxes}
    ${left}    Evaluate JavaScript    ${NONE}    () => CSS.highlights.size + document.adoptedStyleSheets.length
    Should Be Equal As Integers    ${left}    0
    Conclude Evidence    FAIL    [CONTACT_MISMATCH] ai.do@rieng.example, 0912 345 678
    Evaluate JavaScript    ${NONE}    ${CLEAN}
