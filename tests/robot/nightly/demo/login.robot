*** Settings ***
Documentation    Tests for the picture of docs/nightly.md: each behaves as the plan says.

Library          ../Planned.py


*** Test Cases ***
A Wrong Captcha Is Asked For Again
    [Documentation]    As the plan says.
    Behave As Planned

Five Wrong Passwords Lock The Account
    [Documentation]    As the plan says.
    Behave As Planned

The Unit Is Chosen By Its Code
    [Documentation]    As the plan says.
    Behave As Planned

An Expired Session Is Opened Again
    [Documentation]    As the plan says.
    Behave As Planned

A Captcha Without Answer Ends The Login
    [Documentation]    As the plan says.
    Behave As Planned
