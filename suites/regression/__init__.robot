*** Settings ***
Documentation     Regression: what the product does on good and bad days, one run a case.
...
...               All cases of a process share one sandbox and one browser; each has an account, a token and a browser
...               context of its own, so that they may run alone and in any order. docs/regression.md is the handbook.

Resource          ../../resources/regression.resource

Suite Setup       Open The Regression
Suite Teardown    Close The Regression
Test Setup        Create The Account
Test Teardown     End The Case
