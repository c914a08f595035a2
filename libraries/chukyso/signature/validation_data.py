"""Reading validation data from files: trusted certificates, and stored answers about revocation (CRL, OCSP)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from chukyso import moment
from chukyso.errors import ChukysoError, Code
from chukyso.signature.trust import AnswerKind, RevocationAnswer, TrustStore

MAX_FILE = 16 << 20
MAX_ANSWERS = 64 << 20
"""Bytes of all stored answers together; an authority's list has some 100,000 to some million."""
_MAX_ANSWERS = 64


def read_file(path: Path, name: str, limit: int = MAX_FILE) -> bytes:
    """Return what is in a file.

    Args:
        path: The file.
        name: Name of the option that gave it, for the error.
        limit: Largest size, in bytes.

    Raises:
        ChukysoError: ``OPTION_INVALID`` when it cannot be read or is too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ChukysoError(Code.OPTION_INVALID, str(error), name=name, reason=f"không đọc được tệp “{path}”") from error
    if len(data) > limit:
        reason = f"tệp “{path}” lớn hơn {limit} byte"
        raise ChukysoError(Code.OPTION_INVALID, f"{path} is larger than {limit} bytes", name=name, reason=reason)
    return data


def read_trust(
    roots: Iterable[Path], intermediates: Iterable[Path] = (), answers: Path | None = None
) -> TrustStore | None:
    """Read the certificates to believe, and those that help to build a path, from PEM files.

    Args:
        roots: Files with trusted certificates; none: nobody is believed.
        intermediates: Files with certificates that are not trusted by themselves.
        answers: Directory of stored answers; certificates (``*.pem``) in it help as well.

    Raises:
        ChukysoError: ``OPTION_INVALID`` when a file cannot be read or holds no certificate.
    """
    trusted = b"\n".join(_read_pem(path, "--trust") for path in roots)
    if not trusted:
        return None
    helpers = [_read_pem(path, "--intermediates") for path in intermediates]
    helpers += [_read_pem(path, "--answers") for path in sorted(answers.glob("*.pem"))] if answers else []
    return TrustStore.from_pem(trusted, b"\n".join(helpers))


def _read_pem(path: Path, name: str) -> bytes:
    pem = read_file(path, name)
    try:
        TrustStore.from_pem(pem)
    except ValueError as error:
        reason = f"“{path}” không phải tệp chứng thư số PEM"
        raise ChukysoError(Code.OPTION_INVALID, str(error), name=name, reason=reason) from error
    return pem


def read_answers(directory: Path) -> tuple[RevocationAnswer, ...]:
    """Read the answers about revocation that are stored in a directory, DER: ``crl-*.der`` and ``ocsp-*.der`` as a run
    names them, ``*.crl`` and ``*.ocsp`` as others do.

    What they are worth is found out later: their signatures, their dates and whom they are about are checked like
    those of fresh answers.

    Raises:
        ChukysoError: ``OPTION_INVALID`` when there is no such directory, or more in it than ``MAX_ANSWERS``.
    """
    if not directory.is_dir():
        reason = f"không có thư mục “{directory}”"
        raise ChukysoError(Code.OPTION_INVALID, "not a directory", name="--answers", reason=reason)
    found = [
        (kind, path)
        for kind in AnswerKind
        for pattern in (f"{kind.value}-*.der", f"*.{kind.value}")
        for path in sorted(directory.glob(pattern))
    ]
    if len(found) > _MAX_ANSWERS:
        reason = f"hơn {_MAX_ANSWERS} tệp trong “{directory}”"
        raise ChukysoError(Code.OPTION_INVALID, f"{len(found)} answers", name="--answers", reason=reason)
    answers, left = [], MAX_ANSWERS
    for kind, path in found:
        der = read_file(path, "--answers", left)
        left -= len(der)
        answers.append(RevocationAnswer(kind, str(path), der))
    return tuple(answers)


def read_moment(text: str) -> datetime:
    """Read an ISO 8601 moment with its offset.

    Raises:
        ChukysoError: ``OPTION_INVALID`` when it is none, or does not say which time zone is meant.
    """
    try:
        return moment.read_moment(text)
    except ValueError as error:
        reason = "phải có dạng 2026-03-02T08:00:00+07:00, có múi giờ"
        raise ChukysoError(Code.OPTION_INVALID, f"{text!r}: {error}", name="--at", reason=reason) from error
