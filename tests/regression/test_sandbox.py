"""What the sandbox can do for the regression suites: two faults, those that were met, a change from elsewhere."""

from __future__ import annotations

import pytest

from chukyso.sandbox.control_client import Control
from support.portal import TAX_CODE, Credentials, Portal, unchanged


def test_a_right_captcha_is_taken_for_a_wrong_one(portal: Portal, credentials: Credentials) -> None:
    portal.backdoor.set_fault(TAX_CODE, "login", "captcha-wrong", 2)
    assert [portal.login().code for _ in range(2)] == ["CAPTCHA_WRONG"] * 2
    assert portal.login().status == 200
    assert portal.state()["faults"] == ["login captcha-wrong"] * 2
    assert portal.state()["failedLogins"] == 0  # the password was not looked at


def test_only_a_login_has_a_captcha(portal: Portal) -> None:
    with pytest.raises(ValueError, match="captcha"):
        portal.backdoor.set_fault(TAX_CODE, "submit", "captcha-wrong")


def test_a_submission_that_arrives_twice_is_stored_once(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    signed = credentials.sign(portal.document(token, credentials.new))
    portal.backdoor.set_fault(TAX_CODE, "submit", "duplicate")
    assert portal.submit(token, signed).code == "NONCE_USED"
    assert portal.state()["submissions"] == 1
    assert portal.state()["registeredSerial"] == credentials.new.certificate.serial


def test_a_fault_that_nobody_met_is_not_told(portal: Portal, credentials: Credentials) -> None:
    portal.backdoor.set_fault(TAX_CODE, "submit", "slow")
    portal.token()
    assert portal.state()["faults"] == []
    unchanged(portal, credentials)


def test_a_certificate_is_registered_in_another_session(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    signed = credentials.sign(portal.document(token, credentials.new))
    portal.backdoor.register(TAX_CODE, credentials.newer.certificate.der)
    assert portal.submit(token, signed).code == "REGISTRATION_CHANGED"
    state = portal.state()
    assert (state["registeredSerial"], state["history"]) == (credentials.newer.certificate.serial, [])
    with pytest.raises(KeyError):
        portal.backdoor.register("0301234564", credentials.newer.certificate.der)


@pytest.mark.slow
def test_the_control_interface_registers_certificates_of_scenarios_only(sandbox, account) -> None:
    details = account()
    control = Control(sandbox.details)
    control.register(details.tax_code, details.new_serial)
    assert control.account(details.tax_code)["registered_serial"] == details.new_serial
    with pytest.raises(Exception, match="SANDBOX_FAILED"):
        control.register(details.tax_code, "00ff")
