*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


*** Settings ***
Documentation    Where the evidence goes.

Resource         ../../../resources/regression.resource

Test Tags        area:evidence


*** Test Cases ***
Directory Cannot Be Written
    [Documentation]    OUTPUT_NOT_WRITABLE: nothing is contacted.
    A File Is In The Way
    Run Should End
    ...    stopped
    ...    OUTPUT_NOT_WRITABLE
    ...    Không ghi được vào thư mục kết quả “${CASE_DIRECTORY}”. Chọn thư mục khác bằng --outputdir hoặc cấp quyền ghi.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0

Another Run Writes There
    [Documentation]    OUTPUT_IN_USE: the first one's evidence is not touched.
    Somebody Else's Run Writes There
    Run Should End
    ...    stopped
    ...    OUTPUT_IN_USE
    ...    Một lần chạy khác (tiến trình ${{ __import__('os').getpid() }}) đang dùng thư mục kết quả “${CASE_DIRECTORY}”. Chờ lần chạy kia kết thúc, hoặc chọn thư mục khác bằng --outputdir.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0
