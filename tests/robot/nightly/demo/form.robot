*** Settings ***
Documentation    Tests for the picture of docs/nightly.md: each behaves as the plan says.

Library          ../Planned.py


*** Test Cases ***
Another Certificate Than The Token's Stops The Run
    [Documentation]    As the plan says.
    Behave As Planned

Another E-Mail Than Expected Stops The Run
    [Documentation]    As the plan says.
    Behave As Planned

The Box Must Be Ticked
    [Documentation]    As the plan says.
    Behave As Planned

A Double Click Submits Once
    [Documentation]    As the plan says.
    Behave As Planned

Reloading Starts The Form Anew
    [Documentation]    As the plan says.
    Behave As Planned
