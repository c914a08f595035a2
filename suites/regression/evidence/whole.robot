*** Settings ***
Documentation    What a run leaves behind.

Resource         ../../../resources/regression.resource

Test Tags        area:evidence


*** Test Cases ***
Whole Update Has Six Figures
    [Documentation]    The guide's four steps, with everything.
    [Tags]    smoke    no-fault
    Begin The Run
    End Run With    Follow The Guide
    Run Should Have Ended    updated
    Figures Should Be    1    2    3    4    5    6
    Journal Should Have    submitting    signed    accepted    reconciled    confirmed
    Portal Should Have    new    submissions=1

Element To Be Marked Is Missing
    [Documentation]    PORTAL_CHANGED: before the point of no return a figure that fails ends the run.
    Come To The Registration
    The Page Lacks    form.register
    Nobody Waits For Long
    End Run With    Take Figure Of The Page    3    form.register
    Run Should Have Ended    failed    PORTAL_CHANGED    what=role=button[name="Đăng ký thay đổi thông tin"]
    Portal Should Have    registered    submissions=0

Evidence Of An Earlier Submission Is Kept
    [Documentation]    It may be the only proof there is.
    [Tags]    no-fault
    Come To The Submission
    Conclude Evidence    FAIL    [INTERRUPTED]
    Close Token
    End Run With    Begin And Go On
    Run Should Have Ended    dry-run
    Earlier Evidence Should Have    submitting
    Portal Should Have    registered    submissions=0
