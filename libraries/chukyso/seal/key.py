"""The evidence key: choosing and validating the certificate on a token that seals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.pin.gate import refuse_impossible_pin, refuse_risky_state
from chukyso.seal.options import SealOptions, SealOrder
from chukyso.signature.presign import (
    ASK_INTERNET,
    ASK_THIS_MACHINE,
    Validation,
    read_trust_files,
    validate_certificate,
)
from chukyso.signature.refusal import SignatureRefused
from chukyso.signature.sign import require_good_key
from chukyso.signature.trust import RevocationPolicy, TrustStore, check_usage
from chukyso.token.client import TokenWorker
from chukyso.token.discovery import find_module
from chukyso.token.model import TokenCertificate, TokenContents, TokenInfo, tell_unreadable


@dataclass(frozen=True)
class ChosenKey:
    """A key on a token that is to seal.

    Attributes:
        worker: Reaches the token.
        token: The token.
        entry: The certificate on it.
        helpers: Certificates of the token that help to build a path, DER.
    """

    worker: TokenWorker
    token: TokenInfo
    entry: TokenCertificate
    helpers: tuple[bytes, ...]

    @property
    def certificate(self) -> Certificate:
        return self.entry.certificate


@dataclass(frozen=True)
class EvidenceKey(ChosenKey):
    """A key that may seal.

    Attributes:
        validation: What is known of the certificate.
    """

    validation: Validation


def open_worker(options: SealOptions) -> TokenWorker:
    """The worker for the module with the evidence key; to be closed by the caller.

    Raises:
        ChukysoError: ``MODULE_…`` and ``TOKEN_…`` codes.
    """
    module = find_module(options.module or None, serial=options.token_serial or None, environment=options.environment)
    return TokenWorker(Path(module), options.environment)


def trust_of(options: SealOptions) -> TrustStore | None:
    """Who is believed, or None when nobody said.

    Raises:
        ChukysoError: ``OPTION_INVALID`` when the file cannot be read.
    """
    return read_trust_files([Path(options.roots)] if options.roots else [], "trust.roots")


def revocation_policy(options: SealOptions) -> RevocationPolicy:
    """Whom to ask about revocation."""
    return ASK_THIS_MACHINE if options.rehearsal else ASK_INTERNET


def choose_key(worker: TokenWorker, options: SealOptions, now: datetime) -> ChosenKey:
    """Choose the certificate that seals by what the token has; nobody is asked about it yet.

    Raises:
        ChukysoError: ``TOKEN_…`` codes; ``SEAL_CERT_MISSING``; ``CERT_KEY_…`` codes; ``PIN_…`` codes when the token
            says that no login should be tried.
    """
    token = worker.token(options.token_serial or None)
    contents = worker.contents(token.serial)
    entries = contents.certificates
    entry = _choose(contents, options.cert_serial, now)
    require_good_key(entry.certificate)
    refuse_risky_state(token, unattended=not token.pin_pad)
    helpers = tuple(each.certificate.der for each in entries if each is not entry)
    return ChosenKey(worker, token, entry, helpers)


def validate_key(chosen: ChosenKey, options: SealOptions, now: datetime) -> EvidenceKey:
    """Validate the chosen certificate: dates, key usage, path, revocation.

    Raises:
        ChukysoError: ``CERT_…`` codes.
    """
    validation = validate_certificate(
        chosen.entry.certificate,
        chosen.helpers,
        trust_of(options),
        at=now,
        mode=options.revocation,
        revocation=revocation_policy(options),
    )
    return EvidenceKey(chosen.worker, chosen.token, chosen.entry, chosen.helpers, validation)


def pin_signer(key: EvidenceKey, order: SealOrder) -> Callable[[bytes], bytes]:
    """What signs with the key: asks for the PIN, logs in once, and logs out. Nothing is tried a second time."""

    def sign(data: bytes) -> bytes:
        pin = "" if key.token.pin_pad else order.pin()
        if not key.token.pin_pad:
            refuse_impossible_pin(key.token, pin)
        return key.worker.sign(key.token.serial, key.entry.key_id, data, pin, certificate=key.certificate)

    return sign


def _choose(contents: TokenContents, wanted: str, now: datetime) -> TokenCertificate:
    """The wanted certificate; else of those that can seal the one that ends last."""
    entries = contents.certificates
    if wanted:
        named = [entry for entry in entries if entry.certificate.serial == wanted]
        if not named:
            raise _missing(f"không có số sê-ri {wanted}", contents)
        return _usable(named[0])
    good = [entry for entry in entries if entry.has_key and entry.certificate.valid_at(now) and _can_seal(entry)]
    if not good:
        raise _missing("không có chứng thư số ký tài liệu nào còn hiệu lực", contents)
    return max(good, key=lambda entry: (entry.certificate.not_after, entry.certificate.serial))


def _can_seal(entry: TokenCertificate) -> bool:
    try:
        check_usage(entry.certificate)
    except SignatureRefused:
        return False
    return True


def _usable(entry: TokenCertificate) -> TokenCertificate:
    """Refuse a named certificate that cannot seal; its dates are for the validation."""
    certificate = entry.certificate
    if not entry.has_key:
        raise ChukysoError(Code.CERT_KEY_MISSING, f"CKA_ID {entry.key_id.hex()!r}", serial=certificate.serial)
    try:
        check_usage(certificate)
    except SignatureRefused as refused:
        raise ChukysoError(Code.CERT_KEY_USAGE, refused.detail, serial=certificate.serial) from refused
    return entry


def _missing(reason: str, contents: TokenContents) -> ChukysoError:
    found = ", ".join(entry.certificate.serial for entry in contents.certificates) or "none"
    if contents.unreadable:
        reason += f"; không đọc hoặc không dùng được: {tell_unreadable(contents.unreadable)}"
    return ChukysoError(Code.SEAL_CERT_MISSING, f"certificates on the token: {found}", reason=reason)
