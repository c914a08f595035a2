*** Settings ***
Documentation    Data for nightly/test_failures.py: a set-up that fails, and all tests with it.

Suite Setup      Fail    [SANDBOX_FAILED] Sandbox không khởi động được.


*** Test Cases ***
The First Test
    [Documentation]    Never comes to run.
    No Operation

The Second Test
    [Documentation]    Never comes to run.
    No Operation
