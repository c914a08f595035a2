*** Settings ***
Documentation    Hướng dẫn cập nhật chữ ký số trên hệ thống dịch vụ công Bảo hiểm xã hội Việt Nam.
...
...              Lưu ý: Bài hướng dẫn gồm tất cả 4 bước, bạn có thể làm xong trong vòng từ 2 đến 3 phút.
...
...              Every variable can be given with ``--variable``; secrets only by reference. README lists them.

Resource         ../resources/imports.resource

Task Setup       Prepare The Update
Task Teardown    Conclude The Update


*** Variables ***
${PROFILE}            sandbox
${TAX_CODE}           ${EMPTY}
${UNIT_CODE}          ${EMPTY}
${PORTAL_PASSWORD}    env:PORTAL_PASSWORD
${TOKEN_PIN}          env:TOKEN_PIN
${TOKEN_MODULE}       ${EMPTY}
${TOKEN_SERIAL}       ${EMPTY}
${CERT_SERIAL}        ${EMPTY}
${CAPTCHA}            ${EMPTY}
${CONTACT_EMAIL}      ${EMPTY}
${CONTACT_PHONE}      ${EMPTY}
${DRY_RUN}            False
${HEADLESS}           ${EMPTY}
${SANDBOX}            ${EMPTY}    # state file of a sandbox that is already running; else one is started


*** Tasks ***
Cập nhật chữ ký số trên hệ thống dịch vụ công Bảo hiểm xã hội Việt Nam
    [Documentation]    The four steps of the guide for one account. The evidence says how it ended.
    Bước 1: Đăng nhập vào Cổng thông tin điện tử BHXH Việt Nam
    Bước 2: Thực hiện thay đổi chữ ký số
    Bước 3: Xác nhận thay đổi thông tin
    Bước 4: Nhận kết quả
