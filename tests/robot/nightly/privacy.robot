*** Settings ***
Documentation    Data for nightly/test_failures.py: what fails tells of a person, before a run and in one.

Library          EvidenceLibrary


*** Variables ***
${PRIVACY}    full


*** Test Cases ***
Before A Run
    [Documentation]    The policy is known from the variable alone.
    Fail    Gọi 0912345678
    [Teardown]    No Operation

A Run
    [Documentation]    The policy is the run's.
    Start Evidence    directory=${OUTPUT_DIR}${/}run    privacy=${PRIVACY}
    Fail    Viết cho ke.toan@congty.example
    [Teardown]    Conclude Evidence
