Language: ChukysoKeywords.output

*** Settings ***
Documentation    Hướng dẫn cập nhật chữ ký số trên hệ thống dịch vụ công Bảo hiểm xã hội Việt Nam.
...
...              Lưu ý: Bài hướng dẫn gồm tất cả 4 bước, bạn có thể làm xong trong vòng từ 2 đến 3 phút.
...
...              Every variable can be given with ``--variable``; secrets only by reference. README lists them,
...              ``chukyso.run.variables`` declares them.

# The first line is no language: it keeps a second run out of the output directory before Robot writes there.
Resource         ../resources/imports.resource

Task Setup       Prepare The Update
Task Teardown    Conclude The Update


*** Tasks ***
Cập nhật chữ ký số trên hệ thống dịch vụ công Bảo hiểm xã hội Việt Nam
    [Documentation]    The four steps of the guide for one account. The evidence says how it ended.
    Bước 1: Đăng nhập vào Cổng thông tin điện tử BHXH Việt Nam
    Bước 2: Thực hiện thay đổi chữ ký số
    Bước 3: Xác nhận thay đổi thông tin
    Bước 4: Nhận kết quả
