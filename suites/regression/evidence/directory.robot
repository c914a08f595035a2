*** Settings ***
Documentation    Where the evidence goes.

Resource         ../../../resources/regression.resource

Test Tags        area:evidence


*** Test Cases ***
Directory Cannot Be Written
    [Documentation]    OUTPUT_NOT_WRITABLE: nothing is contacted.
    A File Is In The Way
    End Run With    Begin The Run
    Run Should Have Ended    stopped    OUTPUT_NOT_WRITABLE    path=${CASE_DIRECTORY}
    Portal Should Have    registered    submissions=0

Another Run Writes There
    [Documentation]    OUTPUT_IN_USE: the first one's evidence is not touched.
    Somebody Else's Run Writes There
    End Run With    Begin The Run
    Run Should Have Ended    stopped    OUTPUT_IN_USE
    ...    holder=tiến trình ${{ __import__('os').getpid() }}    path=${CASE_DIRECTORY}
    Portal Should Have    registered    submissions=0
