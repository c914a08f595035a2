*** Settings ***
Documentation    A dry run stops after figure 3 and submits nothing.

Resource         ../../../resources/regression.resource

Test Tags        area:dry-run


*** Test Cases ***
Dry Run Stops After Figure 3
    [Documentation]    With the guide's first two steps.
    [Tags]    smoke
    VAR    ${DRY_RUN}    True    scope=TEST
    Begin The Run
    End Run With    Follow The Guide
    Run Should Have Ended    dry-run
    Figures Should Be    1    2    3
    Journal Should Not Have    signing-requested    submitting
    Portal Should Have    registered    submissions=0

Dry Run Finds A Mismatch
    [Documentation]    REVIEW_MISMATCH: like any other run.
    VAR    ${DRY_RUN}    True    scope=TEST
    Come To The Review
    The Page Shows Otherwise    certificate.owner    CÔNG TY KHÁC    within=form.new
    End Run With    Review The Form Against The Token
    Run Should Have Ended    stopped    REVIEW_MISMATCH
    ...    field=chủ thể    found=CÔNG TY KHÁC    expected=${ACCOUNT.name}
    Portal Should Have    registered    submissions=0

Dry Run Is Neither True Nor False
    [Documentation]    OPTION_INVALID: nobody guesses what was meant.
    VAR    ${DRY_RUN}    Maybe    scope=TEST
    End Run With    Begin The Run
    Run Should Have Ended    stopped    OPTION_INVALID    name=DRY_RUN    reason=phải là True hoặc False
    Portal Should Have    registered    submissions=0

Dry Run Of What Is Registered Already
    [Documentation]    There is nothing to rehearse.
    [Setup]    Create The Account    registered    new    registered=new
    VAR    ${DRY_RUN}    True    scope=TEST
    Come To The Form
    End Run With    Show The New Certificate
    Run Should Have Ended    already-registered
    Portal Should Have    new    submissions=0
