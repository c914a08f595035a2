"""The token's side of the agent: which certificate, is the token still the same, may it be asked, sign and verify.

What asks the token blocks, so the agent calls it in a thread of its own.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime

from chukyso.agent.core.config import AgentConfig
from chukyso.agent.core.operation import Offer, Operation, SignedResult
from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.pin.gate import pass_pin_gate, refuse_risky_state
from chukyso.signature.presign import CertificateRefusedError, Validation, ValidationStatus, validate_certificate
from chukyso.signature.profile import MAX_CERTIFICATES
from chukyso.signature.refusal import SignatureRefused
from chukyso.signature.sign import sign_xml
from chukyso.signature.verify import check_signature
from chukyso.token.client import TokenWorker
from chukyso.token.model import TokenCertificate, tell_unreadable

_LOG = logging.getLogger("chukyso.agent")


class Signer:
    """Signs with the certificate that was offered, on the token that it was offered from.

    Args:
        config: The agent's configuration.
        token: The token worker.
    """

    def __init__(self, config: AgentConfig, token: TokenWorker) -> None:
        self._config = config
        self._token = token

    def offer(self, entry: TokenCertificate) -> Offer:
        """Return the offer of a certificate, with the token that carries it.

        Raises:
            ChukysoError: what the token says.
        """
        return Offer(entry, self._token.token(self._config.token_serial), self._config.chain)

    def choose(self) -> Offer:
        """Return the valid certificate with key, MST and the latest end: the choice of an attended agent.

        Raises:
            ChukysoError: ``CERT_NOT_FOUND``, ``CERT_UNREADABLE``, or what the token says.
        """
        token = self._token.token(self._config.token_serial)
        contents = self._token.contents(token.serial)
        found, now = list(contents.certificates), datetime.now(UTC)
        usable = [
            entry for entry in found if entry.has_key and entry.certificate.tax_code and entry.certificate.valid_at(now)
        ]
        if contents.unreadable and not usable:
            detail = "; ".join(each.error.detail for each in contents.unreadable)
            raise ChukysoError(Code.CERT_UNREADABLE, detail, reason=tell_unreadable(contents.unreadable))
        if not usable:
            raise ChukysoError(Code.CERT_NOT_FOUND, f"no usable certificate on token {token.serial}", mst="nào")
        chosen = max(usable, key=lambda entry: entry.certificate.not_after)
        return Offer(chosen, token, self._chain(chosen.certificate, found))

    def check_ready(self, offer: Offer) -> Offer:
        """Return the offer with the token as it is now: same token, same certificate, PIN state that allows a login.

        In an attended agent the certificate is validated, too.

        Raises:
            ChukysoError: ``TOKEN_NOT_FOUND``, ``TOKEN_GONE``, ``PIN_LOCKED``, ``PIN_FINAL_TRY``, ``PIN_COUNT_LOW``,
                ``CERT_REVOKED``, ``CERT_UNTRUSTED``, ``CERT_REVOCATION_UNKNOWN``, …
        """
        token = self._token.token(offer.token.serial)
        refuse_risky_state(token, unattended=self._config.pin_unattended)
        self._find(offer)
        return replace(offer, token=token, standing=self._validate(offer) if self._config.attended else None)

    def _validate(self, offer: Offer) -> ValidationStatus:
        config = self._config
        try:
            found = validate_certificate(
                offer.certificate,
                offer.chain,
                config.trust,
                at=datetime.now(UTC),
                mode=config.revocation,
                revocation=config.revocation_policy,
            )
        except CertificateRefusedError as refused:
            self._report(refused.validation)
            raise
        self._report(found)
        _LOG.info("certificate %s: %s %s", offer.certificate.serial, found.standing, found.reason)
        return found.standing

    def _report(self, validation: Validation) -> None:
        if self._config.report_validation:
            self._config.report_validation(validation)

    def accept_pin(self, operation: Operation, pin: str) -> None:
        """Keep a PIN for the operation's one login. One that cannot be right ends it, before anything irrevocable.

        Raises:
            ChukysoError: ``PIN_CHARACTER``, ``PIN_NOT_ASCII``, ``PIN_LENGTH``, ``PIN_FAILED_BEFORE``, ``PIN_UNHEARD``,
                ``PIN_MEMORY_UNREADABLE``.
        """
        if operation.offer is None:
            raise operation.wrong_phase()
        try:
            pass_pin_gate(self._token, operation.offer.token, pin, unattended=self._config.pin_unattended)
        except ChukysoError as error:
            operation.end(error)
            raise
        operation.put_pin(pin)

    def sign(self, offer: Offer, document: bytes, pin: str) -> SignedResult:
        """Sign with one login, and verify the result.

        Args:
            offer: The pinned certificate.
            document: The form, XML.
            pin: Used for one try.

        Raises:
            ChukysoError: what the token says; ``TOKEN_GONE`` when certificate or token were swapped;
                ``SIGNATURE_INVALID`` when the result does not verify with the pinned certificate.
        """
        found, certificate = self._find(offer), offer.certificate
        chain, now = self._chain(certificate, found), datetime.now(UTC)
        place = self._config.place

        def sign(data: bytes) -> bytes:
            return self._token.sign(
                offer.token.serial,
                offer.entry.key_id,
                data,
                pin,
                unattended=self._config.pin_unattended,
                certificate=certificate,
            )

        signed = sign_xml(document, certificate, sign, signing_time=now, place=place, chain=chain)
        try:
            # sign_xml verified already; this is the agent's own promise and must not depend on how it is kept there.
            verified = check_signature(signed, place=place, expected=certificate)
        except SignatureRefused as error:
            raise ChukysoError(Code.SIGNATURE_INVALID, str(error)) from error
        return SignedResult(signed, certificate, verified.signing_time)

    def _chain(self, certificate: Certificate, found: list[TokenCertificate]) -> tuple[bytes, ...]:
        return self._config.chain or find_issuers(certificate, [entry.certificate for entry in found])

    def _find(self, offer: Offer) -> list[TokenCertificate]:
        """The token's certificates, the pinned one being among them."""
        certificates = self._token.certificates(offer.token.serial)
        same = [
            entry
            for entry in certificates
            if entry.certificate.der == offer.certificate.der and entry.key_id == offer.entry.key_id
        ]
        if len(same) != 1:
            raise ChukysoError(
                Code.TOKEN_GONE,
                f"certificate {offer.certificate.serial} is on token {offer.token.serial} {len(same)} times by now",
            )
        return certificates


def find_issuers(leaf: Certificate, candidates: list[Certificate]) -> tuple[bytes, ...]:
    """Return the issuers of a certificate among the candidates, DER, the leaf's issuer first, without a root.

    Only a certificate whose key made the signature counts; a root is left out because nobody may trust it for coming
    along.
    """
    chain: list[Certificate] = []
    current = leaf
    others = [candidate for candidate in candidates if candidate.subject_dn != candidate.issuer_dn]
    while len(chain) < MAX_CERTIFICATES - 1:
        unused = [other for other in others if other not in (leaf, *chain)]
        issuer = next((other for other in unused if current.issued_by(other)), None)
        if issuer is None:
            break
        chain.append(issuer)
        current = issuer
    return tuple(certificate.der for certificate in chain)
