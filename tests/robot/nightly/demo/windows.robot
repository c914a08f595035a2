*** Settings ***
Documentation    Tests for the picture of docs/nightly.md: each behaves as the plan says.

Library          ../Planned.py


*** Test Cases ***
The Certificate Window Names The Unit
    [Documentation]    As the plan says.
    Behave As Planned

The PIN Window Names The Document
    [Documentation]    As the plan says.
    Behave As Planned

A Wrong PIN Is Not Tried Again
    [Documentation]    As the plan says.
    Behave As Planned

A Locked PIN Is Told Before The Portal Is Opened
    [Documentation]    As the plan says.
    Behave As Planned
