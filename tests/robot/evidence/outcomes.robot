*** Settings ***
Documentation    Data for keywords/test_evidence.py: each test ends in its own way, some of them failing.

Library          EvidenceLibrary
Library          evidence_data.py

Test Setup       Start Evidence    ${OUTPUT DIR}/${TEST NAME}
Test Teardown    Conclude Evidence    ${TEST STATUS}    ${TEST MESSAGE}


*** Test Cases ***
Updated
    [Documentation]    Submitted, and confirmed by what logging in again showed.
    Record What Is Known
    Bước 1: Đăng nhập vào Cổng thông tin điện tử BHXH Việt Nam
    Journal Event    submitting    serial=0a
    ${document}    Signed Document
    ${valid}    Save Submission    ${document}
    Should Be True    ${valid}
    ${new}    New Certificate
    ${found}    Record Registered Afterwards    ${new.serial.upper()}
    Should Be Equal    ${found}    new

Reconciled
    [Documentation]    The run finished by itself.
    Finish Run    updated
    Fail    never reached

Already-registered
    [Documentation]    Nothing was submitted.
    Bước 1: Đăng nhập vào Cổng thông tin điện tử BHXH Việt Nam
    Finish Run    already-registered

Stopped
    [Documentation]    An error with a code; the step after it does not run.
    Bước 2: Thực hiện thay đổi chữ ký số
    Bước 3: Xác nhận thay đổi thông tin

Uncoded
    [Documentation]    A failure without a code, before the submission.
    Fail    Something that nobody thought of

Unknown
    [Documentation]    The same after the submission.
    Journal Event    submitting
    Fail    Something after the submission

Taken-back
    [Documentation]    The signing agent released nothing.
    Journal Event    submitting
    Journal Event    not-submitted
    Raise Error    PIN_INCORRECT

Changed-document
    [Documentation]    One digit differs from what was signed.
    ${document}    Signed Document
    VAR    ${changed}    ${{$document.replace(b"0101234565", b"0101234566")}}
    ${valid}    Save Submission    ${changed}    verified=True
    Should Not Be True    ${valid}
    Finish Run    dry-run

Not-writable
    [Documentation]    There is a file where the directory must be.
    [Setup]    Start Evidence    ${BLOCKED}
    Fail    never reached


*** Keywords ***
Record What Is Known
    [Documentation]    All facts of a run.
    Record Run    sandbox    http://127.0.0.1:1/    rehearsal=True
    Record Account    0101234565
    Record Token    9f3c    ${/}usr${/}lib${/}libsofthsm2.so    sandbox
    ${shown}    Shown Certificate
    Record Registered Certificate    ${shown}
    ${new}    New Certificate
    Record New Certificate    ${new}
    Record Contact    a@example.vn    024 3999 0000

Bước 1: Đăng nhập vào Cổng thông tin điện tử BHXH Việt Nam
    [Documentation]    A step that succeeds.
    No Operation

Bước 2: Thực hiện thay đổi chữ ký số
    [Documentation]    A step that fails.
    Raise Error    PIN_COUNT_LOW

Bước 3: Xác nhận thay đổi thông tin
    [Documentation]    A step that is never reached.
    Fail    never reached
