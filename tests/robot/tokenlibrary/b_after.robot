*** Settings ***
Documentation    Data suite: what the suite before left running is gone.

Library          TokenLibrary
Library          AskingPage.py


*** Test Cases ***
Agent And Token Ended With The Suite Before
    [Documentation]    Though that suite's last test failed and closed nothing.
    Agent Is Gone
    Run Keyword And Expect Error    [[]UNEXPECTED]*    List Tokens
    Run Keyword And Expect Error    [[]AGENT_FAILED]*    Wait For Signing Request    timeout=1s
