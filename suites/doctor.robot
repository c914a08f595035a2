*** Settings ***
Documentation    Is everything here that a run needs? Each task is one line of ``chukyso doctor``: a failure must be
...              dealt with, a warning need not. Nothing is changed, nobody logs in, no PIN is asked for; see
...              docs/doctor.md.

Library          DoctorLibrary

Suite Setup      Ask The Doctor About This Run
Task Template    Doctor Should Find Nothing To Do


*** Variables ***
${PROFILE}            sandbox
${TAX_CODE}           ${EMPTY}
${PORTAL_PASSWORD}    env:PORTAL_PASSWORD
${TOKEN_PIN}          env:TOKEN_PIN
${TOKEN_MODULE}       ${EMPTY}
${TOKEN_SERIAL}       ${EMPTY}
${CERT_SERIAL}        ${EMPTY}
${AGENT_PORT}         0    # 0: a free one, as runs have it
${SANDBOX}            ${EMPTY}    # state file of a sandbox that is already running: its portal and token are looked at


*** Tasks ***
Tệp cấu hình    profile
Cách ký của cổng    signer
Trình duyệt    browser
Trình điều khiển token    module
Token    token
Trạng thái mã PIN    pin-state
Chứng thư số    certificate
Mật khẩu cổng đọc được    portal-password
Mã PIN đọc được    token-pin
Đồng hồ khớp với cổng    clock
Nơi ghi nhớ    state
Thư mục tệp tạm    temporary
Thư mục kết quả    output
Cổng của bộ ký số    agent-port
Quyền mạng cục bộ    local-network
Phông chữ tiếng Việt    font
Phiên Windows    windows-session


*** Keywords ***
Ask The Doctor About This Run
    [Documentation]    With the variables of a run; of a sandbox that is running with its portal and its token.
    VAR    &{given}    portal_url=    token_module=${TOKEN_MODULE}    token_environment=${NONE}
    IF    $SANDBOX
        Import Library    SandboxLibrary
        # robotcode: ignore[KeywordNotFound]    of that library, which RobotCode does not look into
        Start Sandbox    state_file=${SANDBOX}
        ${given}    Get Sandbox Details
    END
    Ask Doctor
    ...    ${PROFILE}
    ...    portal_url=${given.portal_url}
    ...    tax_code=${TAX_CODE}
    ...    token_module=${given.token_module}
    ...    token_serial=${TOKEN_SERIAL}
    ...    cert_serial=${CERT_SERIAL}
    ...    token_environment=${given.token_environment}
    ...    portal_password=${PORTAL_PASSWORD}
    ...    token_pin=${TOKEN_PIN}
    ...    output=${OUTPUT_DIR}
    ...    agent_port=${AGENT_PORT}
