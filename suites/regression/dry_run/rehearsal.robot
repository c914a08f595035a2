*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


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
    Run Should End    dry-run    no-error
    ...    CHẠY THỬ: Dừng lại theo yêu cầu trước khi đăng ký thay đổi. Không có gì được gửi lên cổng.
    ...    Follow The Guide
    Figures Should Be    1    2    3
    Journal Should Not Have    signing-requested    submitting
    Portal Should Have    registered    submissions=0

Dry Run Finds A Mismatch
    [Documentation]    REVIEW_MISMATCH: like any other run.
    VAR    ${DRY_RUN}    True    scope=TEST
    Come To The Review
    The Page Shows Otherwise    certificate.owner    CÔNG TY KHÁC    within=form.new
    Run Should End
    ...    stopped
    ...    REVIEW_MISMATCH
    ...    Thông tin trên tờ khai không khớp với token: chủ thể là “CÔNG TY KHÁC”, phải là “${ACCOUNT.name}”. Chưa gửi gì. Kiểm tra đúng token của đơn vị chưa và thông tin trên tờ khai, rồi chạy lại.
    ...    Review The Form Against The Token
    Portal Should Have    registered    submissions=0

Dry Run Is Neither True Nor False
    [Documentation]    OPTION_INVALID: nobody guesses what was meant.
    VAR    ${DRY_RUN}    Maybe    scope=TEST
    Run Should End    stopped    OPTION_INVALID
    ...    Giá trị của DRY_RUN không hợp lệ: phải là True hoặc False. Sửa giá trị rồi chạy lại.
    ...    Begin The Run
    Portal Should Have    registered    submissions=0

Dry Run Of What Is Registered Already
    [Documentation]    There is nothing to rehearse.
    [Setup]    Create The Account    registered    new    registered=new
    VAR    ${DRY_RUN}    True    scope=TEST
    Come To The Form
    Run Should End    already-registered    no-error
    ...    KHÔNG CẦN CẬP NHẬT: Chứng thư số mới đã được đăng ký từ trước. Không có gì được gửi lên cổng.
    ...    Show The New Certificate
    Portal Should Have    new    submissions=0
