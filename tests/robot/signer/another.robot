*** Settings ***
Documentation    Data suite: the guide, step by step as in suites/update.robot, with another signer than
...              ours, whose windows are no pages of the run's browser. Run by tests/signer/test_another.py.

Resource         ../../../resources/imports.resource
Library          AnotherSigner.py

Task Setup       Prepare The Update
Task Teardown    Conclude The Update


*** Variables ***
${SHOWS}    as it is


*** Tasks ***
Update With Another Signer
    [Documentation]    Nothing in the guide's steps knows which one it is.
    Bước 1: Đăng nhập vào Cổng thông tin điện tử BHXH Việt Nam
    Bước 2: Thực hiện thay đổi chữ ký số
    Bước 3: Xác nhận thay đổi thông tin
    Bước 4: Nhận kết quả


*** Keywords ***
Start Signer
    [Documentation]    Instead of TokenLibrary's.
    [Arguments]    ${profile}    ${origin}    ${pin_by_person}=${FALSE}    &{others}
    Log    A person gives the PIN: ${pin_by_person}
    ${address}    Start Another Signer    ${profile.signer}    ${origin}    shows=${SHOWS}
    RETURN    ${address}
