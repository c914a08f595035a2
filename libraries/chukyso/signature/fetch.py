"""CRLs and OCSP answers: those that are stored, or fetched from the addresses that certificates name.

The address comes from a certificate, so a stranger may have chosen it: only plain HTTP to hosts that the
caller allowed, no redirects, no proxies, bounded in time and size. (The answers are signed; HTTP adds and
needs no secrecy.)
"""

from __future__ import annotations

import http.client
import ipaddress
import secrets
import socket
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha1
from itertools import islice
from time import monotonic
from urllib.parse import urlsplit

from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from chukyso.certificate import write_serial
from chukyso.signature.revocation_entries import is_indirect, same_name
from chukyso.signature.trust import UNREADABLE, AnswerKind, RevocationAnswer, RevocationPolicy

_MAX_ADDRESSES = 4
_MOST_RESPONSES = 16  # in one answer; asked is about one, and each takes the library as long as all before it


@dataclass(frozen=True)
class FoundAnswers:
    """What could be had about one certificate.

    Attributes:
        answers: The answers.
        failures: Why there are no more, English: a kind that was wanted and is not there.
    """

    answers: tuple[RevocationAnswer, ...]
    failures: tuple[str, ...]


class AnswerSource:
    """Finds what CRL and OCSP say: stored ones, else what the addresses in certificates answer; asks each but once.

    Args:
        policy: Which answers are stored, whom to ask and how long.
    """

    def __init__(self, policy: RevocationPolicy) -> None:
        self.policy = policy
        self._had: dict[tuple[bytes, bytes], FoundAnswers] = {}

    def about(self, certificate: x509.Certificate, issuer: x509.Certificate, *, both: bool) -> FoundAnswers:
        """Return what could be had about a certificate.

        Args:
            certificate: The certificate in question.
            issuer: Its issuer, from a validated path.
            both: Whether the lack of either kind is a failure, also when the certificate does not name it.
        """
        key = certificate.public_bytes(Encoding.DER), issuer.public_bytes(Encoding.DER)
        if key not in self._had:
            self._had[key] = self._gather(certificate, issuer, both=both)
        return self._had[key]

    def _gather(self, certificate: x509.Certificate, issuer: x509.Certificate, *, both: bool) -> FoundAnswers:
        serial = write_serial(certificate.serial_number)
        answers, failures = [], []
        try:
            addresses = _addresses(certificate)
        except UNREADABLE as error:
            addresses = {AnswerKind.CRL: [], AnswerKind.OCSP: []}
            failures.append(f"addresses: {type(error).__name__}: {error}")
        for kind, urls in addresses.items():
            stored = [
                each for each in self.policy.answers if each.kind is kind and _is_about(each, certificate, issuer)
            ]
            answers += [replace(each, certificate_serial=serial) for each in stored]
            if stored or (not urls and not both):
                continue
            if not self.policy.online:
                failures.append(f"{kind.value}: none kept, and nobody is asked")
                continue
            answer, reasons = _first_answer(kind, urls, certificate, issuer, self.policy)
            if answer is None:
                failures.append(f"{kind.value}: {'; '.join(reasons) or 'no address in the certificate'}")
            else:
                answers.append(RevocationAnswer(kind, *answer, serial))
        return FoundAnswers(tuple(answers), tuple(failures))


def _addresses(certificate: x509.Certificate) -> dict[AnswerKind, list[str]]:
    return {AnswerKind.CRL: _crl_urls(certificate), AnswerKind.OCSP: _ocsp_urls(certificate)}


def _is_about(stored: RevocationAnswer, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether a stored answer is of this certificate's issuer (CRL) or names the certificate (OCSP).

    Who signed it is for the path validation to find out.
    """
    try:
        if stored.kind is AnswerKind.CRL:
            _load_crl(stored.der, issuer)
            return True
        answers = _load_ocsp(stored.der)
    except UNREADABLE:  # somebody else's, or the responder's "unauthorized": tells nothing about this certificate
        return False
    return any(answer.serial_number == certificate.serial_number for answer in answers)


def _first_answer(
    kind: AnswerKind,
    urls: Iterable[str],
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    policy: RevocationPolicy,
) -> tuple[tuple[str, bytes] | None, list[str]]:
    reasons = []
    for url in list(urls)[:_MAX_ADDRESSES]:
        try:
            der = (
                _ask_crl(url, issuer, policy) if kind is AnswerKind.CRL else _ask_ocsp(url, certificate, issuer, policy)
            )
        except (OSError, http.client.HTTPException, *UNREADABLE) as error:
            reasons.append(f"{url}: {error or type(error).__name__}")
        else:
            return (url, der), reasons
    return None, reasons


def _ask_crl(url: str, issuer: x509.Certificate, policy: RevocationPolicy) -> bytes:
    der = http_exchange(url, policy)
    _load_crl(der, issuer)
    return der


def _load_crl(der: bytes, issuer: x509.Certificate) -> x509.CertificateRevocationList:
    """Return a CRL in the issuer's name, by whichever of its keys, or one on which others may list for it.

    Raises:
        ValueError: it is not one, or another of ``UNREADABLE``.
    """
    crl = x509.load_der_x509_crl(der)
    if not same_name(crl.issuer, issuer.subject) and not is_indirect(crl):
        raise ValueError(f"CRL is not the list of {issuer.subject.rfc4514_string()}")
    return crl


def _ask_ocsp(url: str, certificate: x509.Certificate, issuer: x509.Certificate, policy: RevocationPolicy) -> bytes:
    nonce = x509.OCSPNonce(secrets.token_bytes(16))
    request = _ocsp_request(certificate, issuer, nonce.nonce)
    der = http_exchange(url, policy, body=request, content_type="application/ocsp-request")
    response = ocsp.load_der_ocsp_response(der)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise ValueError(f"OCSP responder says {response.response_status.name}")
    for extension in response.extensions:
        # Responders may leave the nonce out (answers made beforehand); one that is there must be ours.
        if isinstance(extension.value, x509.OCSPNonce) and extension.value.nonce != nonce.nonce:
            raise ValueError("OCSP answer is to another question: its nonce differs")
    _load_ocsp(der)
    return der


def _load_ocsp(der: bytes) -> tuple[ocsp.OCSPSingleResponse, ...]:
    """Return what an answer says of each certificate that it is about.

    Raises:
        ValueError: it is about a crowd, none at all, or another of ``UNREADABLE``.
    """
    said = tuple(islice(ocsp.load_der_ocsp_response(der).responses, _MOST_RESPONSES + 1))
    if len(said) > _MOST_RESPONSES:
        raise ValueError(f"OCSP answer is about more than {_MOST_RESPONSES} certificates")
    return said


def _ocsp_request(certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes) -> bytes:
    """The question, DER (RFC 6960, section 4.1). The cryptography package asks about no negative serial.

    SHA-1 only names the certificate here, nothing relies on its strength; RFC 5019 responders know no other.
    """
    named = {
        "hash_algorithm": {"algorithm": "sha1"},
        "issuer_name_hash": sha1(issuer.subject.public_bytes(), usedforsecurity=False).digest(),
        "issuer_key_hash": x509.SubjectKeyIdentifier.from_public_key(issuer.public_key()).digest,
        "serial_number": certificate.serial_number,
    }
    extensions = [{"extn_id": "nonce", "extn_value": nonce}]
    asked = {"request_list": [{"req_cert": named}], "request_extensions": extensions}
    return bytes(asn1_ocsp.OCSPRequest({"tbs_request": asked}).dump())


def http_exchange(url: str, policy: RevocationPolicy, *, body: bytes | None = None, content_type: str = "") -> bytes:
    """GET, or POST when there is a body, and return the answer's body.

    Raises:
        ValueError: the address is not allowed, or the answer is not 200 or too large.
        OSError: no connection, or time is up.
        http.client.HTTPException: the answer is not HTTP.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "http" or not host or "@" in parts.netloc:
        raise ValueError("address is not allowed")
    if host not in policy.hosts and not policy.public:
        raise ValueError("address is not allowed")
    # Asked is the address that was looked at, not the name again: the second answer might be another one.
    address = host if host in policy.hosts else public_address(host, parts.port or 80)
    deadline = monotonic() + policy.timeout
    connection = http.client.HTTPConnection(address, parts.port or 80, timeout=policy.timeout)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": parts.netloc} | ({"Content-Type": content_type} if body is not None else {})
        connection.request("GET" if body is None else "POST", target, body=body, headers=headers)
        response = connection.getresponse()
        if response.status != 200:
            raise ValueError(f"HTTP status {response.status}")
        return _read(response, policy.size, deadline)
    finally:
        connection.close()


def public_address(host: str, port: int) -> str:
    """Return an address of a host, provided that all of them are public ones.

    Raises:
        ValueError: one of them is this machine's, of a private network, or otherwise no public one.
        OSError: the host has no address.
    """
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for text in found:
        address = ipaddress.ip_address(text.partition("%")[0])
        inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
        if not (address.is_global and inner.is_global) or address.is_multicast:
            raise ValueError(f"{host} is {text}, which is no public address")
    return found[0]


def _read(response: http.client.HTTPResponse, size: int, deadline: float) -> bytes:
    received = bytearray()
    while chunk := response.read1(65536):  # as it comes, so that a slow sender meets the deadline
        received += chunk
        if len(received) > size:
            raise ValueError(f"answer larger than {size} bytes")
        if monotonic() > deadline:
            raise TimeoutError("answer took too long")
    return bytes(received)


def _crl_urls(certificate: x509.Certificate) -> list[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return []
    names = [name for point in points for name in point.full_name or ()]
    return [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]


def _ocsp_urls(certificate: x509.Certificate) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return []
    return [
        description.access_location.value
        for description in access
        if description.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(description.access_location, x509.UniformResourceIdentifier)
    ]
