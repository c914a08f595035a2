"""The question that a run's variables make, checked like those of a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from chukyso.certificate import normalise_serial
from chukyso.doctor.model import Question
from chukyso.doctor.references import PASSWORD_REFERENCE, PIN_REFERENCE
from chukyso.portal.profile import load_profile
from chukyso.taxcode import parse_tax_code
from chukyso.token.modules import named_variables


def ask(
    profile: str,
    *,
    portal_url: str = "",
    tax_code: str = "",
    token_module: str = "",
    token_serial: str = "",
    cert_serial: str = "",
    token_environment: Mapping[str, str] = MappingProxyType({}),
    portal_password: str = PASSWORD_REFERENCE,
    token_pin: str = PIN_REFERENCE,
    output: Path = Path("results"),
    agent_port: int = 0,
) -> Question:
    """Make a question; the arguments are those of ``Question``.

    Raises:
        ChukysoError: ``PROFILE_UNKNOWN``, ``PROFILE_INVALID``, ``MST_INVALID``, ``OPTION_INVALID``,
            ``MODULE_VARIABLE_MISSING``.
    """
    read = load_profile(profile)
    read.keep_from_module(portal_password, "PORTAL_PASSWORD")
    read.keep_from_module(token_pin, "TOKEN_PIN")
    return Question(
        profile=read,
        portal_url=portal_url if read.portal.embedded_sandbox else read.portal.url,
        tax_code=parse_tax_code(tax_code) if tax_code else "",
        token_module=token_module,
        token_serial=token_serial,
        cert_serial=normalise_serial(cert_serial) if cert_serial else "",
        token_environment={**named_variables(read.token.variables), **token_environment},
        portal_password=portal_password,
        token_pin=token_pin,
        output=output,
        agent_port=agent_port,
    )
