*** Settings ***
Documentation    Data suite: every keyword of TokenLibrary against a real token.
...              Run by tests/keywords/test_tokenlibrary.py.

Library          TokenLibrary
Library          AskingPage.py

Suite Setup      Open Token    ${MODULE}    serial=${SERIAL}    environment=${{ {'SOFTHSM2_CONF': $CONF} }}
Test Setup       Start
Test Teardown    Close Page


*** Test Cases ***
Token And Certificates Are Read
    [Documentation]    Without a PIN.
    ${tokens}    List Tokens
    Should Be Equal    ${tokens[0].serial}    ${SERIAL}
    ${certificates}    List Certificates
    Length Should Be    ${certificates}    1
    Should Be Equal    ${certificates[0].tax_code}    0101234565

A Document Is Signed
    [Documentation]    From the page's request to the verified document.
    Page Asks For Signature    ${CHOICE.certificate}
    Check That The Request Is Ours
    Approve Signing Request
    Press Button    certificate    accept
    ${pin}    As Secret    ${NIP}
    Enter Token PIN    ${pin}
    Allow Signing
    Press Button    pin    accept
    ${document}    Wait For Signed Document    timeout=10s
    Page Should Hear    signed
    Check The Signer    ${document}

No Request Is No Error
    [Documentation]    A suite can look for messages of the page in between.
    ${request}    Wait For Signing Request    timeout=50ms
    Should Be Equal    ${request}    ${NONE}

A Foreign Document Is Refused
    [Documentation]    FAIL: the MST is another one.
    Page Asks For Signature    ${CHOICE.certificate}    tax_code=0201234564
    Wait For Signing Request    timeout=5s
    Check Signing Request    tax_code=0101234565    certificate_serial=${CHOICE.certificate.serial}

Each Difference Is Named And The Page Learns One Word
    [Documentation]    Nothing beside the MST may differ either.
    FOR    ${name}    ${value}    ${word}    IN
    ...    registered_serial    5a02    đang dùng
    ...    contact_email    x@example.vn    thư điện tử
    ...    contact_phone    0900000002    điện thoại
    ...    unit_code    DV02    đơn vị
    ...    certificate_serial    5a03    chứng thư số sẽ ký
        Page Asks For Signature    ${CHOICE.certificate}
        Wait For Signing Request    timeout=5s
        VAR    &{expected}    tax_code=0101234565    certificate_serial=${CHOICE.certificate.serial}
        VAR    &{expected}    &{expected}    ${name}=${value}
        Run Keyword And Expect Error    [[]REQUEST_NOT_OURS]*${word}*${value}*    Check Signing Request    &{expected}
        Page Should Hear    refused
    END

A Plain String Is No PIN
    [Documentation]    FAIL: only a Secret is taken.
    Enter Token PIN    plain

A Person Cancels
    [Documentation]    FAIL: with the English detail in the log.
    Page Asks For Signature    ${CHOICE.certificate}
    Wait For Signing Request    timeout=5s
    Approve Signing Request
    Press Button    certificate    cancel
    Wait For Signed Document    timeout=5s

Data Is Signed Without The Agent
    [Documentation]    The signature is raw.
    ${pin}    As Secret    ${NIP}
    ${raw}    Sign Data    ${{b'data'}}    ${CHOICE.certificate.serial}    ${pin}
    Length Should Be    ${raw}    256
    Run Keyword And Expect Error    [[]CERT_SERIAL_NOT_FOUND]*    Sign Data    ${{b'data'}}    ab    ${pin}

XML Is Signed Without The Agent
    [Documentation]    Given as bytes or as a file; a change is noticed.
    Stop Signer
    ${pin}    As Secret    ${NIP}
    ${signed}    Sign XML    ${{b'<A><CKy_Dvi/></A>'}}    ${CHOICE.certificate.serial}    ${pin}
    Check The Signer    ${signed}
    Evaluate    pathlib.Path($OUTPUT_DIR, 'signed.xml').write_bytes($signed)
    Check The Signer    ${OUTPUT_DIR}${/}signed.xml
    VAR    ${changed}    ${signed.replace(b'<A>', b'<A x="1">')}
    Run Keyword And Expect Error    [[]SIGNATURE_INVALID]*    Verify XML Signature    ${changed}
    Run Keyword And Expect Error
    ...    [[]SIGNATURE_INVALID]*
    ...    Verify XML Signature
    ...    ${signed}
    ...    certificate_serial=ab

The Agent Is Left Running
    [Documentation]    FAIL: and with it the token; see the next suite.
    Fail    the suite's end must stop it


*** Keywords ***
Start
    [Documentation]    A page that has read the new certificate.
    ${url}    Start Signing Agent    http://127.0.0.1:8443/#/index
    ${found}    Choose New Certificate    0101234565    registered_serial=5A01    wanted_serial=${EMPTY}
    VAR    ${CHOICE}    ${found}    scope=TEST
    Offer Certificate    ${found}
    Open Page    ${url}
    Page Reads Certificate

Check That The Request Is Ours
    [Documentation]    With everything that can be checked.
    ${request}    Wait For Signing Request    timeout=5s
    Should Be Equal    ${request.origin}    http://127.0.0.1:8443
    Check Signing Request
    ...    tax_code=0101234565
    ...    certificate_serial=${CHOICE.certificate.serial}
    ...    registered_serial=5A01
    ...    contact_email=lien.he@example.vn
    ...    contact_phone=0900000001
    ...    document_type=ThayDoiChuKySo

Press Button
    [Documentation]    In one of the request's windows.
    [Arguments]    ${window: str}    ${button: str}
    ${url}    Get Signing Window    ${window}
    Press In Window    ${url}    ${button}

Page Should Hear
    [Documentation]    The page's answer is of this type, or carries this code.
    [Arguments]    ${word: str}
    ${heard}    Page Hears
    Should Be Equal    ${heard}    ${word}

Check The Signer
    [Documentation]    The chosen certificate signed.
    [Arguments]    ${document}
    ${signer}    Verify XML Signature    ${document}    certificate_serial=${CHOICE.certificate.serial}
    Should Be Equal    ${signer}    ${CHOICE.certificate}
