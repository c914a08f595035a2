*** Settings ***
Documentation    Tests for the picture of docs/nightly.md: each behaves as the plan says.

Library          ../Planned.py


*** Test Cases ***
A Server Error Is No Success
    [Documentation]    As the plan says.
    Behave As Planned

A Slow Answer Is Waited For
    [Documentation]    As the plan says.
    Behave As Planned

A Connection Dropped After The Commit Is Reconciled
    [Documentation]    As the plan says.
    Behave As Planned

A Duplicate Is Refused
    [Documentation]    As the plan says.
    Behave As Planned

Two Sessions At Once Change Once
    [Documentation]    As the plan says.
    Behave As Planned
