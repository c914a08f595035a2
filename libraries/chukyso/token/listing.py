"""What discovery found, as ``chukyso tokens --json`` prints it (docs/tokens.md), and what is said of each key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from chukyso.certificate import KeyKind
from chukyso.errors import ChukysoError
from chukyso.token.discovery import FoundToken, ProbedModule
from chukyso.token.model import TokenCertificate
from chukyso.token.modules import quirks_of
from chukyso.token.verification import scheme_of

SCHEMA_VERSION = 1

_LEAST_RSA_BITS = 2048


class KeyUse(StrEnum):
    """Whether a certificate's private key can sign, as far as that is known before login."""

    USABLE = "usable"
    MISSING = "missing"
    UNSUPPORTED = "unsupported"


def key_use(entry: TokenCertificate) -> KeyUse:
    """Whether the key that goes with a certificate can sign; private keys hide until login, so it is no promise."""
    certificate = entry.certificate
    if not entry.has_key:
        return KeyUse.MISSING
    try:
        scheme_of(certificate)
    except ChukysoError:
        return KeyUse.UNSUPPORTED
    weak = certificate.key_kind is KeyKind.RSA and certificate.key_bits < _LEAST_RSA_BITS
    return KeyUse.UNSUPPORTED if weak else KeyUse.USABLE


def as_document(probed: Sequence[ProbedModule], now: datetime, *, service_session: bool) -> dict[str, Any]:
    """Everything that was found, ready for JSON.

    Args:
        probed: What discovery returned.
        now: The moment for which validity is told, aware.
        service_session: Whether this process runs where Windows shows no token.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "time": now.isoformat(timespec="seconds"),
        "service_session": service_session,
        "modules": [_module(each, now) for each in probed],
    }


def _module(probed: ProbedModule, now: datetime) -> dict[str, Any]:
    return {
        "path": str(probed.module.path),
        "name": probed.module.name,
        "source": probed.module.source,
        "quirks": sorted(quirks_of(probed.module.path)),
        "status": probed.status,
        "error": _error(probed.error),
        "tokens": [_token(token, now) for token in probed.tokens],
    }


def _token(token: FoundToken, now: datetime) -> dict[str, Any]:
    info = token.info
    return {
        "serial": info.serial,
        "label": info.label,
        "manufacturer": info.manufacturer,
        "model": info.model,
        "ready": info.ready,
        "pin_state": info.pin_state,
        "pin_pad": info.pin_pad,
        "min_pin": info.min_pin,
        "max_pin": info.max_pin,
        "error": _error(token.error),
        "certificates": [_certificate(entry, now) for entry in token.certificates],
        "unreadable": [
            {"label": entry.label, "key_id": entry.key_id.hex(), "error": _error(entry.error)}
            for entry in token.unreadable
        ],
    }


def _certificate(entry: TokenCertificate, now: datetime) -> dict[str, Any]:
    certificate = entry.certificate
    return {
        "serial": certificate.serial,
        "tax_code": certificate.tax_code,
        "owner": certificate.owner,
        "issuer": certificate.issuer,
        "subject_dn": certificate.subject_dn,
        "issuer_dn": certificate.issuer_dn,
        "not_before": certificate.not_before.isoformat(),
        "not_after": certificate.not_after.isoformat(),
        "valid": certificate.valid_at(now),
        "key_kind": certificate.key_kind,
        "key_bits": certificate.key_bits,
        "key": key_use(entry),
        "key_id": entry.key_id.hex(),
        "label": entry.label,
    }


def _error(error: ChukysoError | None) -> dict[str, str] | None:
    if error is None:
        return None
    spec = error.code.value
    return {"code": error.code.name, "message": error.happened, "action": spec.action, "detail": error.detail}
