*** Comments ***
# robocop: off=LEN08    what the operator reads stays in one piece


*** Settings ***
Documentation    The review of the form against the token, field by field.

Resource         ../../../resources/regression.resource

Test Tags        area:form


*** Test Cases ***
New Serial Differs
    [Documentation]    REVIEW_MISMATCH: nothing is ticked.
    Come To The Review
    The Page Shows Otherwise    certificate.serial    00FF    within=form.new
    Run Should End
    ...    stopped
    ...    REVIEW_MISMATCH
    ...    Thông tin trên tờ khai không khớp với token: số chứng thư số là “ff”, phải là “${ACCOUNT.new_serial}”. Chưa gửi gì. Kiểm tra đúng token của đơn vị chưa và thông tin trên tờ khai, rồi chạy lại.
    ...    Review The Form Against The Token
    Portal Should Have    registered    submissions=0

Owner Differs
    [Documentation]    REVIEW_MISMATCH: nothing is ticked.
    Come To The Review
    The Page Shows Otherwise    certificate.owner    CÔNG TY KHÁC    within=form.new
    Run Should End
    ...    stopped
    ...    REVIEW_MISMATCH
    ...    Thông tin trên tờ khai không khớp với token: chủ thể là “CÔNG TY KHÁC”, phải là “${ACCOUNT.name}”. Chưa gửi gì. Kiểm tra đúng token của đơn vị chưa và thông tin trên tờ khai, rồi chạy lại.
    ...    Review The Form Against The Token
    Portal Should Have    registered    submissions=0

MST Differs
    [Documentation]    REVIEW_MISMATCH: nothing is ticked.
    Come To The Review
    The Page Shows Otherwise    certificate.tax_code    0101234565-001    within=form.new
    Run Should End
    ...    stopped
    ...    REVIEW_MISMATCH
    ...    Thông tin trên tờ khai không khớp với token: mã số thuế là “0101234565-001”, phải là “${ACCOUNT.tax_code}”. Chưa gửi gì. Kiểm tra đúng token của đơn vị chưa và thông tin trên tờ khai, rồi chạy lại.
    ...    Review The Form Against The Token
    Portal Should Have    registered    submissions=0

Issuer Differs
    [Documentation]    REVIEW_MISMATCH: nothing is ticked.
    Come To The Review
    The Page Shows Otherwise    certificate.issuer    Stranger-CA G1    within=form.new
    Run Should End
    ...    stopped
    ...    REVIEW_MISMATCH
    ...    Thông tin trên tờ khai không khớp với token: tổ chức chứng thực là “Stranger-CA G1”, phải là “${CHOICE.certificate.issuer}”. Chưa gửi gì. Kiểm tra đúng token của đơn vị chưa và thông tin trên tờ khai, rồi chạy lại.
    ...    Review The Form Against The Token
    Portal Should Have    registered    submissions=0

Beginning Of The Validity Differs
    [Documentation]    REVIEW_MISMATCH: nothing is ticked.
    Come To The Review
    ${from}    Read    certificate.valid_from    within=form.new
    The Page Shows Otherwise    certificate.valid_from    01/01/2001 00:00:00    within=form.new
    Run Should End
    ...    stopped
    ...    REVIEW_MISMATCH
    ...    Thông tin trên tờ khai không khớp với token: hiệu lực từ là “01/01/2001 00:00:00”, phải là “${from}”. Chưa gửi gì. Kiểm tra đúng token của đơn vị chưa và thông tin trên tờ khai, rồi chạy lại.
    ...    Review The Form Against The Token
    Portal Should Have    registered    submissions=0

End Of The Validity Differs
    [Documentation]    REVIEW_MISMATCH: nothing is ticked.
    Come To The Review
    ${to}    Read    certificate.valid_to    within=form.new
    The Page Shows Otherwise    certificate.valid_to    31/12/2099 23:59:59    within=form.new
    Run Should End
    ...    stopped
    ...    REVIEW_MISMATCH
    ...    Thông tin trên tờ khai không khớp với token: hiệu lực đến là “31/12/2099 23:59:59”, phải là “${to}”. Chưa gửi gì. Kiểm tra đúng token của đơn vị chưa và thông tin trên tờ khai, rồi chạy lại.
    ...    Review The Form Against The Token
    Portal Should Have    registered    submissions=0

Registered Certificate Changes Under The Review
    [Documentation]    REVIEW_MISMATCH: it is no longer the one that the choice was made for.
    Come To The Review
    The Page Shows Otherwise    certificate.serial    00FF    within=form.registered
    Run Should End
    ...    stopped
    ...    REVIEW_MISMATCH
    ...    Thông tin trên tờ khai không khớp với token: chứng thư số đang đăng ký là “ff”, phải là “${ACCOUNT.registered_serial}”. Chưa gửi gì. Kiểm tra đúng token của đơn vị chưa và thông tin trên tờ khai, rồi chạy lại.
    ...    Review The Form Against The Token
    Portal Should Have    registered    submissions=0

New Certificate Is Not Shown
    [Documentation]    PORTAL_CHANGED: a field of the certificate is missing.
    Come To The Review
    The Page Lacks    certificate.owner    within=form.new
    Run Should End    failed    PORTAL_CHANGED
    ...    Không tìm thấy “certificate.owner” trên trang. Cổng có thể đã thay đổi; báo cho người bảo trì.
    ...    Review The Form Against The Token
    Portal Should Have    registered    submissions=0
