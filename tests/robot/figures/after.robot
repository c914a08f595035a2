*** Settings ***
Documentation    Data suite: the portal shows its notice of success differently. The change is made: a run may say so,
...              but not fail for it. tests/figures/test_run.py looks at what came of it.

Resource         ../../../resources/imports.resource

Task Setup       Prepare The Update
Task Teardown    Conclude The Update


*** Variables ***
${NOTICE}    () => { document.querySelector(".result-lead p").textContent = "Đã ghi nhận." }


*** Tasks ***
Notice Looks Different
    [Documentation]    Figure 6 differs from its reference after the point of no return.
    Bước 1: Đăng nhập vào Cổng thông tin điện tử BHXH Việt Nam
    Bước 2: Thực hiện thay đổi chữ ký số
    Bước 3: Xác nhận thay đổi thông tin
    Receive The Portal's Answer
    Evaluate JavaScript    ${NONE}    ${NOTICE}
    Take Figure Of The Page Or Note Why Not    6    result.serial
    Leave The Portal
    Confirm By Logging In Again
