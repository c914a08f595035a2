*** Settings ***
Documentation     The portal's own way of signing: extension, native host, native windows. Each case has a browser of
...               its own.

Resource          ../../../resources/regression.resource

Suite Setup       Skip Where There Are No Native Windows
Suite Teardown    Set Portal Ways    signing=agent


*** Keywords ***
Skip Where There Are No Native Windows
    [Documentation]    On Linux they need Wine; what is missing is said, and nothing passes for tried.
    ${missing}    Missing For Native Windows
    Skip If    $missing    ${missing}
