"""Fixtures around ``support.mail``, to be named in ``pytest_plugins``: one mail system for the session."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from support.dovecot import dovecot
from support.mail import Authority, Company, Receiver


@pytest.fixture(scope="session")
def _company() -> Iterator[Company]:
    authority = Authority()
    certificate, key = authority.server("localhost")
    with dovecot(certificate, key, authority.pem) as imap:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = Controller(Receiver(imap), hostname="127.0.0.1", port=port)
        controller.start()
        try:
            yield Company(imap, port, authority)
        finally:
            controller.stop()


@pytest.fixture
def company(_company: Company) -> Iterator[Company]:
    """The company's mail; the mailbox is empty at first."""
    _company.imap.clear()
    yield _company
    _company.imap.clear()
