*** Settings ***
Documentation    Tests for the picture of docs/nightly.md: each behaves as the plan says.

Library          ../Planned.py


*** Test Cases ***
Logging In Again Shows The New Certificate
    [Documentation]    As the plan says.
    Behave As Planned

A Registered Certificate Needs Nothing
    [Documentation]    As the plan says.
    Behave As Planned

A Rehearsal Submits Nothing
    [Documentation]    As the plan says.
    Behave As Planned
