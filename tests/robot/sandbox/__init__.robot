*** Settings ***
Documentation    Data for sandbox/test_process_library.py: the upper suite owns the sandbox.

Library          OperatingSystem
Library          SandboxLibrary

Suite Setup      Own A Sandbox


*** Variables ***
${NOTES}    ${TEMPDIR}


*** Keywords ***
Own A Sandbox
    [Documentation]    Start it with the secrets of the environment and note where it is.
    VAR    ${password: Secret}    %{CANARY_PASSWORD=CANARY-password}
    VAR    ${pin: Secret}    %{CANARY_PIN=CANARY-pin}
    Start Sandbox    password=${password}    pin=${pin}
    ${sandbox}    Get Sandbox Details
    Create File    ${NOTES}/directory    ${sandbox.directory}
