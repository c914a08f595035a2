"""What the tests of this room share."""

from __future__ import annotations

from support.signing import second_opinion
from support.signing_client import browser, client, client_sandbox, tab, user_data

__all__ = ["browser", "client", "client_sandbox", "second_opinion", "tab", "user_data"]
