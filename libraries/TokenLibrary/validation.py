"""The keyword that validates a certificate before anything is signed with it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.signature.presign import (
    ASK_INTERNET,
    ASK_THIS_MACHINE,
    CertificateRefusedError,
    Validation,
    read_trust,
    validate_certificate,
)
from chukyso.signature.trust import RevocationMode
from ChukysoKeywords import given_path
from TokenLibrary.session import NewCertificate, Session


class ValidationKeywords:
    """Certificates that are about to sign."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._latest: Validation | None = None

    @keyword(tags=["Certificate"])
    def validate_certificate(
        self,
        certificate: NewCertificate | Certificate | str,
        *,
        roots: Path | None = None,
        revocation: RevocationMode = RevocationMode.REQUIRED,
        this_machine_only: bool = False,
    ) -> Validation:
        """Validate a certificate of the open token: issuers, dates, key usage, revocation; return what was found.

        The answer has ``standing`` (``valid``, ``valid-revocation-unknown``, ``not-validated``), ``reason``, ``at``
        and ``path``: the certificates up to the root, and the answers of CRL and OCSP as they came. A bad certificate
        is an error.

        - ``certificate``: what `Choose New Certificate` returned, a certificate of the open token, or its serial.
        - ``roots``: PEM file with the roots that are believed, and with issuers that the token lacks. When empty
          nothing is validated, and the answer says so.
        - ``revocation``: ``required``: CRL or OCSP must say that it is good; ``best-effort``: go on when neither
          answers; ``off``: ask nobody. Revoked is revoked in any case but the last.
        - ``this_machine_only``: ask addresses of this machine, as the sandbox has them, instead of public ones.

        Fails with ``CERT_REVOKED``, ``CERT_UNTRUSTED``, ``CERT_EXPIRED``, ``CERT_NOT_YET_VALID``, ``CERT_KEY_USAGE``,
        ``CERT_REVOCATION_UNKNOWN``, ``CERT_REVOCATION_UNTIMELY``.

        ```robotframework
        Validate Certificate    ${choice}    roots=${run.trust_roots}    revocation=best-effort
        ```
        """
        wanted = self._certificate(certificate)
        self._latest = None
        trust = None
        if given := given_path(roots):
            try:
                trust = read_trust(given)
            except (OSError, ValueError) as error:
                reason = f"không đọc được chứng thư số gốc trong “{roots}”"
                raise ChukysoError(Code.OPTION_INVALID, str(error), name="roots", reason=reason) from error
        others = self._session.worker.certificates(self._session.token.serial)
        try:
            found = validate_certificate(
                wanted,
                [each.certificate.der for each in others],
                trust,
                at=datetime.now(UTC),
                mode=revocation,
                revocation=ASK_THIS_MACHINE if this_machine_only else ASK_INTERNET,
            )
        except CertificateRefusedError as refused:
            self._latest = refused.validation
            raise
        self._latest = found
        answers = found.path.answers if found.path else ()
        asked = ", ".join(f"{answer.kind} {answer.source}" for answer in answers) or "nobody"
        logger.info(f"Certificate {wanted.serial}: {found.standing} {found.reason}; asked: {asked}")
        return found

    @keyword(tags=["Certificate"])
    def latest_validation(self) -> Validation | None:
        """Return what the latest `Validate Certificate` found, or None when it did not come to an answer.

        Of a certificate that was refused, ``standing`` is ``refused``, and ``path`` has the answers that speak against
        it: they are evidence, too.

        ```robotframework
        ${validation}    Latest Validation
        IF    $validation is not None    Save Validation    ${validation}
        ```
        """
        return self._latest

    def _certificate(self, certificate: NewCertificate | Certificate | str) -> Certificate:
        if isinstance(certificate, NewCertificate):
            return certificate.certificate
        return certificate if isinstance(certificate, Certificate) else self._session.entry(certificate).certificate
