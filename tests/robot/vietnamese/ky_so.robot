Language: Vietnamese

*** Cài Đặt ***
Tài Liệu Hướng Dẫn    Bộ kịch bản viết bằng tiếng Việt: từ khóa của thư viện có tên và tài liệu tiếng Việt, tên tiếng
...                   Anh vẫn dùng được. Chạy bởi tests/keywords/test_documentation.py.

Thư Viện              TokenLibrary    vi


*** Các Nghiệm Vụ ***
Ký và kiểm tra một tài liệu bằng token
    [Tài Liệu Hướng Dẫn]    Mở token, chọn chứng thư số mới, ký, kiểm tra chữ ký.
    ${token}    Mở Token    ${MODULE}    serial=${SERIAL}    environment=${{ {'SOFTHSM2_CONF': $CONF} }}
    Should Be Equal    ${token.serial}    ${SERIAL}
    ${mới}    Chọn Chứng Thư Số Mới    0101234565
    ${pin}    Evaluate    robot.api.types.Secret($NIP[::-1])    modules=robot.api.types
    ${đã ký}    Ký XML    ${TÀI LIỆU}    ${mới.certificate.serial}    ${pin}
    ${người ký}    Kiểm Tra Chữ Ký XML    ${đã ký}    certificate_serial=${mới.certificate.serial}
    Should Be Equal    ${người ký.tax_code}    0101234565
    List Certificates
    [Hậu Thiết Lập]    Đóng Token

Mã PIN bằng chuỗi thường bị từ chối
    [Tài Liệu Hướng Dẫn]    Cùng một bảo vệ, cùng một lời báo lỗi.
    Mở Token    ${MODULE}    serial=${SERIAL}    environment=${{ {'SOFTHSM2_CONF': $CONF} }}
    ${mới}    Chọn Chứng Thư Số Mới    0101234565
    Ký XML    ${TÀI LIỆU}    ${mới.certificate.serial}    không phải Secret
    [Hậu Thiết Lập]    Đóng Token
