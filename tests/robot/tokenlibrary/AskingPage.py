"""The portal's page and the person before the agent's windows, for data suites; see tests/support/agent.py."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from robot.api.deco import keyword, library
from robot.api.types import Secret

sys.path.insert(0, str(Path(__file__).parents[2]))

from websockets.sync.client import connect

from chukyso.certificate import Certificate
from support.agent import ORIGIN, Page, Person, document_for


@library(scope="GLOBAL")
class AskingPage:
    def __init__(self) -> None:
        self._stack = ExitStack()
        self._page: Page | None = None
        self._port: int | None = None

    @property
    def page(self) -> Page:
        assert self._page
        return self._page

    @keyword
    def open_page(self, url: str) -> None:
        self._port = urlsplit(url).port
        self._page = Page(self._stack.enter_context(connect(url, origin=ORIGIN, proxy=None)))  # type: ignore[arg-type]

    @keyword
    def agent_is_gone(self) -> None:
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", self._port), timeout=5):
            pass

    @keyword
    def close_page(self) -> None:
        self._stack.close()

    @keyword
    def page_reads_certificate(self) -> bytes:
        return self.page.get_certificate()

    @keyword
    def page_asks_for_signature(self, certificate: Certificate, tax_code: str = "0101234565") -> None:
        self.page.ask_signature(certificate, document_for(certificate, tax_code=tax_code))

    @keyword
    def page_hears(self) -> str:
        answer = self.page.answer()
        return str(answer.get("code", answer["type"]))

    @keyword
    def press_in_window(self, url: str, button: str) -> None:
        assert Person(url).press(button) == 204

    @keyword
    def as_secret(self, text: str) -> Secret:
        return Secret(text[::-1])  # given backwards, so that the log holds it nowhere
