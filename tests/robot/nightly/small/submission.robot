*** Settings ***
Documentation    Small tests of a night: each behaves as the plan says.

Library          ../Planned.py


*** Test Cases ***
A Slow Answer Is Waited For
    [Documentation]    As the plan says.
    Behave As Planned

A Dropped Connection Is Reconciled
    [Documentation]    As the plan says.
    Behave As Planned

The Same Document Is Sent Once
    [Documentation]    As the plan says.
    Behave As Planned
