"""Listener for nightly runs: keeps what is needed to understand a failure, while it can still be seen.

``robot --listener "NightlyListener;DIRECTORY" …``, where DIRECTORY is the night's. Each test that fails gets a
folder in ``failures/`` there and a link in log.html. docs/nightly.md lists what is in it.
"""

from NightlyListener.listener import NightlyListener

__all__ = ["NightlyListener"]
