"""What a token is asked to sign: checked before it goes to the child, verified when it comes back."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.token.mechanisms import Scheme
from chukyso.token.verification import fitting_scheme, public_value, verify_signature
from chukyso.worker.frames import Message

MAX_DATA = 2 * 1024 * 1024
"""Most bytes that one request may sign together; they travel as base64 in one frame."""

_SECONDS_EACH = 2  # on top of the time-out of one request; a slow card takes about one for a signature


@dataclass(frozen=True)
class SigningJob:
    """One request to sign.

    Attributes:
        key_id: ``CKA_ID`` of certificate and private key.
        certificate: Whose key must sign.
        scheme: How.
        items: The data to be signed, not its hashes.
        unattended: Nobody watches: refuse also a token that saw a wrong PIN before.
    """

    key_id: bytes
    certificate: Certificate
    scheme: Scheme
    items: tuple[bytes, ...]
    unattended: bool = True

    def check(self) -> None:
        """Refuse what need not cost a login.

        Raises:
            ChukysoError: ``DOCUMENT_INVALID``, ``CERT_KEY_UNSUPPORTED``.
        """
        fitting_scheme(self.certificate, self.scheme)
        if not self.items or not all(self.items):
            raise ChukysoError(Code.DOCUMENT_INVALID, "nothing to sign", reason="không có nội dung để ký")
        total = sum(map(len, self.items))
        if total > MAX_DATA:
            detail = f"{total} bytes to sign, at most {MAX_DATA}"
            raise ChukysoError(Code.DOCUMENT_INVALID, detail, reason="nội dung cần ký quá lớn")

    def request(self) -> Message:
        """The message to the child, without token and PIN."""
        return {
            "operation": "sign",
            "key": self.key_id.hex(),
            "certificate": _encode(self.certificate.der),
            "serial": self.certificate.serial,
            "public": _encode(public_value(self.certificate)),
            "family": self.scheme.family,
            "hash": self.scheme.hash,
            "items": [_encode(item) for item in self.items],
            "unattended": self.unattended,
        }

    def seconds(self, timeout: float, *, each: bool) -> float:
        """Time-out of the whole request.

        Args:
            timeout: For one signature.
            each: Somebody may have to do something for each signature, such as entering the PIN on the device.
        """
        return timeout * len(self.items) if each else timeout + _SECONDS_EACH * (len(self.items) - 1)

    def verified(self, signatures: Sequence[bytes]) -> list[bytes]:
        """The signatures, each verified with the certificate.

        Raises:
            ChukysoError: ``SIGNATURE_INVALID``.
        """
        if len(signatures) != len(self.items):
            raise ChukysoError(Code.SIGNATURE_INVALID, f"{len(signatures)} signatures for {len(self.items)} items")
        for item, signature in zip(self.items, signatures, strict=True):
            verify_signature(self.certificate, item, signature, self.scheme)
        return list(signatures)


def _encode(data: bytes) -> str:
    return b64encode(data).decode("ascii")
