"""Keywords for the SeleniumLibrary peer: sandbox, signing, and the profile's elements as Selenium knows them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from peer import PROFILE, Signing, home_url, locator, open_sandbox
from robot.api.deco import keyword, library
from selenium.webdriver import ChromeOptions

from chukyso.browser import can_sandbox_processes, find_browser
from chukyso.sandbox.client import Sandbox

# Selenium has no locators by role: what somebody would write by hand for the roles that the profile uses.
ROLES = {
    "banner": "css:header",
    "button": 'xpath:.//button[normalize-space()="{name}"]',
    "menuitem": 'xpath:.//*[@role="menuitem"][normalize-space()="{name}"]',
    "radio": 'xpath:.//label[normalize-space()="{name}"]//input[@type="radio"]',
    "checkbox": 'xpath:.//input[@type="checkbox"][@id=//label[starts-with(normalize-space(), "{name}")]/@for]',
}
ROLE = re.compile(r'role=(\w+)(?:\[name=(?:"([^"]+)"|/\^([^/.]+)[^/]*/)\])?')


@library(scope="SUITE")
class PeerLibrary:
    """The peer's side of sandbox and token."""

    def __init__(self) -> None:
        self._sandbox: Sandbox | None = None
        self._signing: Signing | None = None

    @property
    def sandbox(self) -> Sandbox:
        assert self._sandbox is not None
        return self._sandbox

    @property
    def signing(self) -> Signing:
        assert self._signing is not None
        return self._signing

    @keyword
    def start_sandbox(self, state: str = "") -> None:
        """Attach to the sandbox of a state file, or start one; it becomes ready while the browser starts."""
        self._sandbox = open_sandbox(state)

    @keyword
    def start_signing(self) -> str:
        """Open token and agent and return the agent's address."""
        self._signing = Signing(self.sandbox.details)
        return self._signing.url

    @keyword
    def stop_peer(self) -> None:
        """Stop agent, token worker and a sandbox of the peer's own."""
        if self._signing:
            self._signing.close()
        if self._sandbox:
            self._sandbox.stop()

    @keyword
    def browser_options(self) -> ChromeOptions:
        """Options of the same browser in the same size, without a window."""
        options = ChromeOptions()
        options.binary_location = str(find_browser())
        scale = f"--force-device-scale-factor={PROFILE.browser.scale:g}"
        for argument in ("--headless", "--hide-scrollbars", "--lang=vi-VN", scale):
            options.add_argument(argument)
        if not can_sandbox_processes():
            options.add_argument("--no-sandbox")
        return options

    @keyword
    def driver(self) -> str:
        """The driver that belongs to the installed browser; Selenium would else look for one on the internet."""
        found = shutil.which("chromedriver")
        assert found, "no chromedriver on the PATH"
        return found

    @keyword
    def element(self, name: str) -> str:
        """The profile's locator of an element as SeleniumLibrary spells it."""
        return " >> ".join(_translate(part) for part in locator(name).split(" >> "))

    @keyword
    def home_page(self) -> str:
        """Address of the portal's home page."""
        return home_url(self.sandbox.details)

    @keyword
    def account(self) -> str:
        """The account's MST."""
        return self.sandbox.details.tax_code

    @keyword
    def password(self) -> str:
        """The account's password."""
        return self.sandbox.details.password_file.read_text(encoding="utf-8")

    @keyword
    def captcha_answer(self, picture: str) -> str:
        """What the captcha says."""
        return self.sandbox.control.captcha_answer(picture)

    @keyword
    def offer_certificate(self, registered_serial: str) -> str:
        """Let the page read the certificate that replaces the registered one; return its serial."""
        return self.signing.offer(registered_serial)

    @keyword
    def take_signing_request(self) -> str:
        """Approve the page's request and return the certificate window's address."""
        return self.signing.take_request()

    @keyword
    def give_pin(self) -> None:
        """Hand the PIN to the agent."""
        self.signing.give_pin()

    @keyword
    def signed_document(self) -> bytes:
        """Wait for the signed document."""
        return self.signing.result()

    @keyword
    def save_document(self, path: str, document: bytes) -> None:
        """Keep the signed document."""
        Path(path).write_bytes(document)


def _translate(part: str) -> str:
    if not part.startswith("role="):
        return f"css:{part}"
    found = ROLE.fullmatch(part)
    assert found, f"no translation of {part}"
    return ROLES[found[1]].format(name=found[2] or found[3] or "")
