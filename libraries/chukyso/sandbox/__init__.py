"""The sandbox: replica portal, certificate authority and software token, for rehearsal and tests.

``client.Sandbox`` runs it as a process of its own; ``rehearse`` leaves one running for a person.
"""

from __future__ import annotations

from typing import Any


def rehearse(port: int = 0, open_browser: bool = True, **more: Any) -> None:
    """Run a sandbox for a person until Ctrl-C; see ``rehearsal.rehearse``."""
    # Imported here, because the sandbox's own process passes through this package and must start quickly.
    from chukyso.sandbox.rehearsal import rehearse as run  # noqa: PLC0415

    run(port, open_browser, **more)
