*** Settings ***
Documentation    Does the portal still look as the profile says? Anonymous and read-only: no login, nothing typed, no
...              form sent, each page opened once. docs/probe.md tells what is compared.

Resource         ../resources/probe.resource

Task Setup       Prepare The Probe
Task Teardown    End The Probe

Task Tags        once


*** Tasks ***
Các trang công khai của cổng vẫn như lần thăm dò tốt gần nhất
    [Documentation]    Trang chủ và hộp đăng nhập, so với lần thăm dò tốt gần nhất.
    The Portal Is Who It Says It Is
    The Home Page Opens
    The Home Page Has What The Guide Needs
    The Login Dialog Opens And Has What The Guide Needs
    The Differences To The Last Good Probe Are Told
