*** Settings ***
Documentation     The portal's own way of signing: extension, native host, native windows. Each case has a browser of
...               its own.

Resource          ../../../resources/regression.resource

Suite Teardown    Set Portal Ways    signing=agent
