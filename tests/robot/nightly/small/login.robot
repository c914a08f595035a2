*** Settings ***
Documentation    Small tests of a night: each behaves as the plan says.

Library          ../Planned.py


*** Test Cases ***
A Wrong Captcha Is Asked For Again
    [Documentation]    As the plan says.
    Behave As Planned

The Account Is Locked After Five Wrong Passwords
    [Documentation]    As the plan says.
    Behave As Planned

The Unit Is Chosen
    [Documentation]    As the plan says.
    Behave As Planned
