*** Settings ***
Documentation    Data for nightly/test_failures.py: tests that fail on a page of the sandbox, with secrets on it.

Library          Browser    timeout=15s    run_on_failure=None
Library          SandboxLibrary
Library          TokenLibrary

Suite Setup      Open Everything


*** Variables ***
${STATE}        ${EMPTY}
${CHROMIUM}     ${EMPTY}
${SANDBOXED}    True
${FORM}
...    SEPARATOR=
...    <input type="text" name="password"><input name="who" value="Typed By Hand"><textarea>Typed Too</textarea>
...    <script>"An Inline Program"</script><a href="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="></a>
...    <p hidden></p>


*** Test Cases ***
A Page With Secrets
    [Documentation]    The password is in a field, shown, in the console, in a request and in a text of the page.
    VAR    ${other: Secret}    %{OTHER_CANARY}
    VAR    @{canaries}    %{PASSWORD_CANARY}    %{PIN_CANARY}    %{OTHER_CANARY}
    ${sandbox}    Get Sandbox Details
    New Page    ${sandbox.portal_url}
    Evaluate JavaScript    ${NONE}    (secrets) => window.canaries = secrets    arg=${canaries}
    Evaluate JavaScript    ${NONE}
    ...    async () => {
    ...    const form = document.body.appendChild(document.createElement("form"));
    ...    form.innerHTML = '${FORM}';
    ...    form.firstChild.setAttribute("value", canaries[0]);
    ...    form.lastChild.textContent = `Xin chào \${canaries.join(" ")}`;
    ...    console.warn("canary", canaries.join(" "), btoa(unescape(encodeURIComponent(canaries[0]))));
    ...    setTimeout(() => { throw new Error(`uncaught \${canaries[1]}`); });
    ...    await (await fetch(`/api/nothing?password=\${encodeURIComponent(canaries[0])}`)).text();
    ...    await (await fetch(`/api/\${canaries[1]}`)).text();
    ...    }
    Log    A secret that no variable of a suite holds: ${other}
    Fail    [PORTAL_TIMEOUT] Cổng không trả lời ${canaries}[0].
    [Teardown]    Close Page

A Passing Test
    [Documentation]    Nothing is collected of it.
    No Operation

A Failing Teardown
    [Documentation]    Collected at the test's end.
    No Operation
    [Teardown]    Fail    Nothing was closed


*** Keywords ***
Open Everything
    [Documentation]    The sandbox of the test, its token, a browser.
    Start Sandbox    state_file=${STATE}
    ${sandbox}    Get Sandbox Details
    Open Token    ${sandbox.token_module}    serial=${sandbox.token_serial}    environment=${sandbox.token_environment}
    New Browser    chromium    headless=True    executablePath=${CHROMIUM}    chromiumSandbox=${SANDBOXED}
