"""What both peers share: the sandbox, the signing agent with the token, and what the profile says.

The peers sign through the same agent and token worker as the suite. The two windows of the guide's third step belong to
that agent, so a peer with a signer of its own would either press other buttons or measure a rewrite of the agent.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from chukyso.agent.core.config import AgentConfig
from chukyso.agent.core.operation import SigningRequest
from chukyso.agent.server import SigningAgent
from chukyso.portal.profile import load_profile
from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.details import SandboxDetails
from chukyso.token.choose import choose_certificate
from chukyso.token.client import TokenWorker

SECONDS = 60
PROFILE = load_profile("sandbox")
_WINDOWS = {
    "certificate_window.accept": 'role=button[name="OK"]',
    "pin_window.ready": '[data-field="pin"]',
    "pin_window.filled": '[data-field="pin"]:not([value=""])',
    "pin_window.accept": 'role=button[name="Chấp nhận"]',
}


def open_sandbox(state: str) -> Sandbox:
    """Attach to the sandbox that a state file names, or start one; it becomes ready while the browser starts."""
    if state:
        return Sandbox.attach(Path(state))
    sandbox = Sandbox()
    sandbox.start()
    return sandbox


def locator(element: str) -> str:
    """The selector of an element of the portal or of the agent's windows."""
    return _WINDOWS.get(element) or PROFILE.locator(element)


def home_url(details: SandboxDetails) -> str:
    """Address of the portal's home page."""
    return f"{details.portal_url}/{PROFILE.portal.home}"


class Signing:
    """The token and the signing agent: offer, request, PIN, signed document. No checks but the agent's own.

    Args:
        details: The sandbox's account and token.
    """

    def __init__(self, details: SandboxDetails) -> None:
        self._details = details
        self._worker = TokenWorker(details.token_module, details.token_environment)
        self._worker.start()
        self._token = self._worker.token(details.token_serial)
        self._agent = SigningAgent(AgentConfig((details.portal_url,), token_serial=self._token.serial), self._worker)
        self._agent.start()
        self._request: SigningRequest | None = None

    @property
    def url(self) -> str:
        """Address of the agent for the page."""
        return self._agent.url

    def offer(self, registered_serial: str) -> str:
        """Offer the page the certificate that replaces the registered one; return its serial."""
        found = self._worker.certificates(self._token.serial)
        choice = choose_certificate(found, self._details.tax_code, registered_serial, None, datetime.now(UTC))
        self._agent.offer(choice.certificate)
        return choice.certificate.certificate.serial

    def take_request(self) -> str:
        """Wait for the page's request, approve it, and return the address of the certificate window."""
        self._request = self._agent.wait_for_request(SECONDS)
        assert self._request is not None, "the page asked for no signature"
        self._agent.approve(self._request)
        return self._request.certificate_window

    def give_pin(self) -> None:
        """Hand the PIN to the agent."""
        assert self._request is not None
        self._agent.deliver_pin(self._request, self._details.pin_file.read_text(encoding="utf-8"))

    def result(self) -> bytes:
        """Wait for the signed document."""
        assert self._request is not None
        return self._agent.wait_for_result(self._request, SECONDS).document

    def close(self) -> None:
        """Stop agent and token worker."""
        self._worker.close()
        self._agent.stop()
