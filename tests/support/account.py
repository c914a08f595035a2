"""How a run is told of an account of a sandbox that runs already."""

from __future__ import annotations

from pathlib import Path

from chukyso.sandbox.details import SandboxDetails


def account_variables(details: SandboxDetails, state: Path) -> dict[str, object]:
    """Write the sandbox's state file, and return what an operator would give to ``--variable``.

    Nothing is sealed: it costs two seconds, and seal/test_run.py is about it.
    """
    details.write(state)
    return {
        "SANDBOX": state,
        "TAX_CODE": details.tax_code,
        "PORTAL_PASSWORD": details.password_reference,
        "TOKEN_PIN": details.pin_reference,
        "SEAL": "off",
    }
