"""Keywords that sign and verify without the agent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword
from robot.api.types import Secret

from chukyso.agent.core.signer import find_issuers
from chukyso.certificate import Certificate, normalise_serial
from chukyso.errors import ChukysoError, Code
from chukyso.signature.cms import sign_cms
from chukyso.signature.profile import DEFAULT_PLACE
from chukyso.signature.refusal import SignatureRefused
from chukyso.signature.sign import sign_xml
from chukyso.signature.verify import check_signature
from chukyso.token.mechanisms import Scheme
from chukyso.token.verification import scheme_of
from TokenLibrary.session import Session


class SigningKeywords:
    """Signatures made and checked by the run itself."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(name="Sign XML", tags=["Signature"])
    def sign_xml(
        self,
        document: Path | bytes,
        certificate_serial: str,
        pin: Secret,
        *,
        place: str = DEFAULT_PLACE,
        pss: bool = False,
    ) -> bytes:
        """Sign an XML document with the open token and return the signed document, verified.

        - ``document``: the document as bytes, or the path of a file.
        - ``certificate_serial``: which certificate signs, in any spelling.
        - ``pin``: the PIN, as a Robot ``Secret``; used for one try.
        - ``place``: name of the empty element that receives the signature; a dot: the end of the document.
        - ``pss``: RSA-PSS instead of PKCS#1 v1.5; the portal is not known to accept it.

        Fails with ``DOCUMENT_INVALID``, ``CERT_SERIAL_NOT_FOUND``, or a ``PIN_…`` or ``TOKEN_…`` code.

        ```robotframework
        ${signed}    Sign XML    ${CURDIR}${/}to-khai.xml    ${choice.certificate.serial}    ${pin}
        ```
        """
        content = document if isinstance(document, bytes) else document.read_bytes()
        certificate, scheme = self._choose(certificate_serial, pss)
        return sign_xml(
            content,
            certificate,
            lambda data: self._sign(data, certificate_serial, pin, scheme),
            signing_time=datetime.now(UTC),
            place=None if place == "." else place,
            chain=self._issuers(certificate),
            scheme=scheme,
        )

    @keyword(name="Sign CMS", tags=["Signature"])
    def sign_cms(self, data: Path | bytes, certificate_serial: str, pin: Secret, *, pss: bool = False) -> bytes:
        """Sign data with the open token and return a detached CMS signature (CAdES-BES, DER), verified.

        - ``data``: the data as bytes, or the path of a file.
        - ``certificate_serial``: which certificate signs, in any spelling.
        - ``pin``: the PIN, as a Robot ``Secret``; used for one try.
        - ``pss``: RSA-PSS instead of PKCS#1 v1.5.

        Fails with ``DOCUMENT_INVALID``, ``CERT_SERIAL_NOT_FOUND``, or a ``PIN_…`` or ``TOKEN_…`` code.

        ```robotframework
        ${signature}    Sign CMS    ${CURDIR}${/}to-khai.xml    ${choice.certificate.serial}    ${pin}
        ```
        """
        certificate, scheme = self._choose(certificate_serial, pss)
        return sign_cms(
            data if isinstance(data, bytes) else data.read_bytes(),
            certificate,
            lambda attributes: self._sign(attributes, certificate_serial, pin, scheme),
            signing_time=datetime.now(UTC),
            chain=self._issuers(certificate),
            scheme=scheme,
        )

    @keyword(tags=["Signature"])
    def sign_data(self, data: bytes, certificate_serial: str, pin: Secret, *, pss: bool = False) -> bytes:
        """Sign bytes with the open token and return the raw signature, verified.

        It is PKCS#1 v1.5 over SHA-256, or for EC r‖s over SHA-256 (P-256) or SHA-384 (P-384).

        - ``data``: the bytes; they are hashed here, so a hash that somebody sends is never signed as such.
        - ``certificate_serial``: which certificate's key signs, in any spelling.
        - ``pin``: the PIN, as a Robot ``Secret``; used for one try.
        - ``pss``: RSA-PSS instead of PKCS#1 v1.5.

        Fails with ``CERT_SERIAL_NOT_FOUND``, or a ``PIN_…`` or ``TOKEN_…`` code.

        ```robotframework
        ${signature}    Sign Data    ${{b'data'}}    ${choice.certificate.serial}    ${pin}
        ```
        """
        return self._sign(data, certificate_serial, pin, self._choose(certificate_serial, pss)[1])

    @keyword(name="Verify XML Signature", tags=["Signature"])
    def verify_xml_signature(
        self, document: Path | bytes, *, certificate_serial: str | None = None, place: str = DEFAULT_PLACE
    ) -> Certificate:
        """Check shape and mathematics of a signed document and return the certificate that signed.

        Whether that certificate may be believed (issuer, revocation) is not asked here; the portal does that. The
        signature proves its key: another certificate of the same key would fit as well.

        - ``document``: the signed document as bytes, or the path of a file.
        - ``certificate_serial``: the certificate that must have signed; any when empty.
        - ``place``: name of the element that holds the signature.

        Fails with ``SIGNATURE_INVALID``; the log says why.

        ```robotframework
        ${certificate}    Verify XML Signature    ${signed}    certificate_serial=${choice.certificate.serial}
        ```
        """
        content = document if isinstance(document, bytes) else document.read_bytes()
        try:
            verified = check_signature(content, place=place)
        except SignatureRefused as error:
            raise ChukysoError(Code.SIGNATURE_INVALID, str(error)) from error
        found = verified.certificate
        if certificate_serial and found.serial != normalise_serial(certificate_serial, "certificate_serial"):
            raise ChukysoError(Code.SIGNATURE_INVALID, f"signed with {found.serial}, expected {certificate_serial}")
        logger.info(f"Signed at {verified.signing_time} with {found.serial} ({found.owner})")
        return found

    def _choose(self, certificate_serial: str, pss: bool) -> tuple[Certificate, Scheme]:
        certificate = self._session.entry(certificate_serial).certificate
        return certificate, scheme_of(certificate, pss=pss)

    def _issuers(self, certificate: Certificate) -> tuple[bytes, ...]:
        others = self._session.worker.certificates(self._session.token.serial)
        return find_issuers(certificate, [each.certificate for each in others])

    def _sign(self, data: bytes, certificate_serial: str, pin: Secret, scheme: Scheme) -> bytes:
        entry = self._session.entry(certificate_serial)
        return self._session.worker.sign(
            self._session.token.serial, entry.key_id, data, pin.value, certificate=entry.certificate, scheme=scheme
        )
