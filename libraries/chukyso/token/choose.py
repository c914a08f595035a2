"""Which certificate on the token is the new one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chukyso.certificate import normalise_serial
from chukyso.errors import ChukysoError, Code
from chukyso.moment import day_in_vietnam
from chukyso.token.model import TokenCertificate, UnreadableCertificate, tell_unreadable


@dataclass(frozen=True)
class Choice:
    """What to register.

    Attributes:
        certificate: The certificate.
        already_registered: It is the one that the portal has: there is nothing to do and nothing to submit.
    """

    certificate: TokenCertificate
    already_registered: bool


def choose_certificate(
    certificates: Sequence[TokenCertificate],
    tax_code: str,
    registered_serial: str | None,
    wanted_serial: str | None,
    now: datetime,
    *,
    unreadable: Sequence[UnreadableCertificate] = (),
) -> Choice:
    """Choose the new certificate: the valid one with this MST and the latest end that is not registered.

    When the registered one is on the token too, is valid, and no other valid one ends later, there is nothing to do:
    going back to an older certificate takes an explicit ``wanted_serial``.

    Args:
        certificates: All certificates of the token.
        tax_code: The account's MST, canonical.
        registered_serial: Serial of the registered certificate in any spelling; None or "" when there is none.
        wanted_serial: The only serial to take, in any spelling; None or "" for the rule.
        now: The moment at which the certificate must be valid, aware.
        unreadable: Certificates of the token that cannot be read: when no other fits, the one that is meant may be
            among them.

    Raises:
        ChukysoError: ``CERT_NOT_FOUND`` (no certificate names an MST), ``CERT_MST_MISMATCH`` (only other ones),
            ``CERT_SERIAL_NOT_FOUND``, ``CERT_EXPIRED``, ``CERT_NOT_YET_VALID`` or ``CERT_KEY_MISSING``;
            ``CERT_UNREADABLE`` for the first five when something could not be read.
    """
    registered = normalise_serial(registered_serial, "registered_serial") if registered_serial else ""
    wanted = normalise_serial(wanted_serial) if wanted_serial else ""
    try:
        if wanted:
            chosen = _wanted(certificates, tax_code, wanted, now)
        else:
            chosen = _newest(_of_account(certificates, tax_code), registered, now)
    except ChukysoError as error:
        if not unreadable:
            raise
        raise _unread(unreadable, error) from error
    already = chosen.certificate.serial == registered
    if not already and not chosen.has_key:
        raise ChukysoError(Code.CERT_KEY_MISSING, f"CKA_ID {chosen.key_id.hex()!r}", serial=chosen.certificate.serial)
    return Choice(chosen, already)


def _wanted(certificates: Sequence[TokenCertificate], tax_code: str, serial: str, now: datetime) -> TokenCertificate:
    matches = [found for found in certificates if found.certificate.serial == serial]
    if not matches:
        raise ChukysoError(Code.CERT_SERIAL_NOT_FOUND, _listing(certificates), serial=_explained(serial, certificates))
    own = [found for found in matches if found.certificate.tax_code == tax_code]
    if not own:
        found = matches[0].certificate.tax_code or "không có"
        raise ChukysoError(Code.CERT_MST_MISMATCH, _listing(matches), found=found, expected=tax_code)
    chosen = max(own, key=_age)
    if not chosen.certificate.valid_at(now):
        raise _not_valid(chosen, now)
    return chosen


def _unread(unreadable: Sequence[UnreadableCertificate], error: ChukysoError) -> ChukysoError:
    """The error of a token whose readable certificates do not fit: the one that is meant may be another."""
    fits_not = f"{error.code.name}, {error.happened.rstrip('.')}"
    reason = f"{tell_unreadable(unreadable)}. Chứng thư số đọc được thì không dùng được: {fits_not}"
    details = "; ".join(f"{each.label!r}: {each.error.detail}" for each in unreadable)
    return ChukysoError(Code.CERT_UNREADABLE, f"{details}; {error.code.name}: {error.detail}", reason=reason)


def _explained(serial: str, certificates: Sequence[TokenCertificate]) -> str:
    """The serial, and which one it would be were it decimal: some programs show serials so."""
    same = (each.certificate.serial for each in certificates if str(int(each.certificate.serial, 16)) == serial)
    return next((f"{serial} (nếu là số thập phân thì ghi {found.upper()})" for found in same), serial)


def _of_account(certificates: Sequence[TokenCertificate], tax_code: str) -> list[TokenCertificate]:
    own = [found for found in certificates if found.certificate.tax_code == tax_code]
    if own:
        return own
    others = sorted({found.certificate.tax_code for found in certificates} - {""})
    if others:
        raise ChukysoError(Code.CERT_MST_MISMATCH, _listing(certificates), found=", ".join(others), expected=tax_code)
    raise ChukysoError(Code.CERT_NOT_FOUND, _listing(certificates), mst=tax_code)


def _newest(own: list[TokenCertificate], registered: str, now: datetime) -> TokenCertificate:
    """The valid certificate with the latest end; the registered one only when nothing is newer."""
    valid = [found for found in own if found.certificate.valid_at(now)]
    if not valid:
        waiting = [found for found in own if now < found.certificate.not_before]
        raise _not_valid(max(waiting or own, key=_age), now)
    # With equal ends the registered one counts as the newest: there is nothing newer.
    newest = max(valid, key=lambda it: (it.certificate.not_after, it.certificate.serial == registered, _age(it)))
    if newest.certificate.serial != registered:
        return newest
    # "Nothing to do" would mislead somebody who holds a renewed certificate whose time has not come yet.
    coming = [found for found in own if now < found.certificate.not_before and _later(found, newest)]
    if coming:
        raise _not_valid(max(coming, key=_age), now)
    return newest


def _age(found: TokenCertificate) -> tuple[datetime, datetime, bool, str]:
    """Order of certificates, newest last; a copy with a key goes before one without."""
    certificate = found.certificate
    return certificate.not_after, certificate.not_before, found.has_key, certificate.serial


def _later(found: TokenCertificate, other: TokenCertificate) -> bool:
    return found.certificate.not_after > other.certificate.not_after


def _not_valid(found: TokenCertificate, now: datetime) -> ChukysoError:
    certificate = found.certificate
    if now < certificate.not_before:
        code, moment = Code.CERT_NOT_YET_VALID, certificate.not_before
    else:
        code, moment = Code.CERT_EXPIRED, certificate.not_after
    return ChukysoError(code, moment.isoformat(), serial=certificate.serial, date=day_in_vietnam(moment))


def _listing(certificates: Iterable[TokenCertificate]) -> str:
    found = [f"{each.certificate.serial} (MST {each.certificate.tax_code or 'none'})" for each in certificates]
    return "on the token: " + (", ".join(found) or "no certificate")
