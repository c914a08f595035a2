"""A trusted authority, somebody whom it certified, and documents of his in which anything can be put.

Made without network and without the product's signing code, which would refuse most of it.
"""

from __future__ import annotations

import tempfile
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID
from lxml import etree

from chukyso.signature.assess import LATER, assess
from chukyso.signature.profile import ds
from chukyso.signature.sign import sign_xml
from chukyso.signature.trust import AnswerKind
from chukyso.signature.validation_data import read_answers, read_trust
from chukyso.signature.verdict import Verdict
from support.der import Node, read, tlv
from support.signature import DAY, DOCUMENT, NOW, SIGNING_USAGE, TAX_CODE, Party, dump, find, issue, key_usage, name
from support.signature import parse as parse_xml
from support.verify import CONTENT

ECDSA = bytes.fromhex("300a06082a8648ce3d040302")  # ecdsa-with-SHA256
SHA256 = bytes.fromhex("300b0609608648016503040201")
CA_USAGE = key_usage(key_cert_sign=True, crl_sign=True)
NOWHERE = "http://127.0.0.1:9"
OWNER = name("Công ty Hoa Sen Thử", [f"MST:{TAX_CODE}"])


@dataclass(frozen=True)
class Case:
    """What a verifier is handed, all of it.

    Attributes:
        name: For people.
        document: The signed document, or the signature.
        content: What a detached signature is over.
        roots: Who is believed, PEM.
        helpers: What lies in a file of intermediate certificates, PEM.
        kept: Answers that were kept, by kind.
        at: The moment to verify for, aware.
    """

    name: str
    document: bytes
    content: bytes | None
    roots: bytes
    helpers: bytes = b""
    kept: tuple[tuple[str, bytes], ...] = ()
    at: datetime = NOW

    def verdict(self) -> Verdict:
        """Verify as the command does, from files.

        Raises:
            ChukysoError: A file with certificates, or the answers, cannot be read.
        """
        with tempfile.TemporaryDirectory() as place:
            directory = Path(place)
            answers, roots, helpers = directory / "answers", directory / "roots.pem", directory / "helpers.pem"
            answers.mkdir()
            roots.write_bytes(self.roots)
            helpers.write_bytes(self.helpers)
            for number, (kind, der) in enumerate(self.kept):
                (answers / f"{number}.{kind}").write_bytes(der)
            policy = replace(LATER, answers=read_answers(answers), online=False)
            trust = read_trust([roots], [helpers] if self.helpers else [])
            found = assess(self.document, content=self.content, at=self.at, trust=trust, revocation=policy)
        found.to_json()
        return found


class Office:
    """Root, authority and one organisation, with good answers about them."""

    def __init__(self) -> None:
        self.root = issue(name("Root"), _key(), ca=True, usage=CA_USAGE)
        lists = crl_point("/root.crl")
        self.ca = issue(name("CA"), _key(), self.root, ca=True, usage=CA_USAGE, extensions=[lists])
        told = [crl_point("/ca.crl"), ocsp_access("/ocsp")]
        self.leaf = issue(OWNER, _key(), self.ca, usage=SIGNING_USAGE, extensions=told)

    @cached_property
    def good(self) -> tuple[tuple[str, bytes], ...]:
        """Answers that say nothing bad."""
        return (
            (AnswerKind.CRL.value, self.crl(self.root)),
            (AnswerKind.CRL.value, self.crl(self.ca)),
            (AnswerKind.OCSP.value, self.ocsp()),
        )

    def crl(self, issuer: Party, revoked: Iterable[int] = ()) -> bytes:
        builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
        builder = builder.last_update(NOW - timedelta(hours=1)).next_update(NOW + DAY)
        for serial in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - DAY)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def ocsp(self) -> bytes:
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=self.leaf.certificate,
            issuer=self.ca.certificate,
            algorithm=hashes.SHA1(),  # noqa: S303 - names the certificate only
            cert_status=ocsp.OCSPCertStatus.GOOD,
            this_update=NOW - timedelta(minutes=5),
            next_update=NOW + DAY,
            revocation_time=None,
            revocation_reason=None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.ca.certificate)
        return builder.sign(self.ca.key, hashes.SHA256()).public_bytes(Encoding.DER)

    @cached_property
    def _document(self) -> bytes:
        return sign_xml(DOCUMENT, self.leaf.ours, self.leaf.sign, signing_time=NOW)

    def xml(self, certificates: Sequence[bytes]) -> bytes:
        """The organisation's document with these certificates in KeyInfo, which no signature covers."""
        root = parse_xml(self._document)
        data = find(root, "X509Data")
        for listed in list(data):
            data.remove(listed)
        for der in certificates:
            etree.SubElement(data, ds("X509Certificate")).text = b64encode(der).decode()
        return dump(root)

    def cms(self, leaf: bytes, others: Sequence[bytes] = ()) -> bytes:
        """The organisation's signature over ``CONTENT``, bound to this certificate whatever it is."""
        serial, issuer = _serial_and_issuer(leaf)
        attributes = [
            _attribute("06092a864886f70d010903", bytes.fromhex("06092a864886f70d010701")),
            _attribute("06092a864886f70d010904", tlv(0x04, sha256(CONTENT).digest())),
            _attribute("06092a864886f70d010905", tlv(0x17, NOW.strftime("%y%m%d%H%M%SZ").encode())),
            _attribute("060b2a864886f70d010910022f", tlv(0x30, tlv(0x30, tlv(0x30, tlv(0x04, sha256(leaf).digest()))))),
        ]
        signed = b"".join(sorted(attributes))
        value = _sign(self.leaf.key, tlv(0x31, signed))
        version = b"\x02\x01\x01"
        signer = tlv(0x30, version, tlv(0x30, issuer, serial), SHA256, tlv(0xA0, signed), ECDSA, tlv(0x04, value))
        plain = tlv(0x30, bytes.fromhex("06092a864886f70d010701"))
        data = tlv(0x30, version, tlv(0x31, SHA256), plain, tlv(0xA0, leaf, *others), tlv(0x31, signer))
        return tlv(0x30, bytes.fromhex("06092a864886f70d010702"), tlv(0xA0, data))

    def case(self, title: str, document: bytes, **changes: object) -> Case:
        content = None if document.startswith(b"<") else CONTENT
        return replace(Case(title, document, content, self.root.pem, kept=self.good), **changes)


def crl_point(path: str) -> x509.CRLDistributionPoints:
    address = x509.UniformResourceIdentifier(NOWHERE + path)
    return x509.CRLDistributionPoints([x509.DistributionPoint([address], None, None, None)])


def ocsp_access(path: str) -> x509.AuthorityInformationAccess:
    address = x509.UniformResourceIdentifier(NOWHERE + path)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, address)])


def pem(certificates: Iterable[bytes]) -> bytes:
    """PEM of whatever claims to be certificates."""
    blocks = (b64encode(der) for der in certificates)
    return b"".join(b"-----BEGIN CERTIFICATE-----\n" + block + b"\n-----END CERTIFICATE-----\n" for block in blocks)


def signed(tbs: bytes, signer: Party) -> bytes:
    """Certificate, list or answer: what is to be signed, with a signature."""
    return tlv(0x30, tbs, ECDSA, tlv(0x03, b"\0" + _sign(signer.key, tbs)))


# What stands in a certificate of an authority's own choice: these would only say that it is not ours.
_IDENTIFIERS = {bytes.fromhex("551d23"), bytes.fromhex("551d0e")}
_USAGE = {bytes.fromhex("551d0f"), bytes.fromhex("551d13")}


def dressed(
    odd: bytes, issuer: Party, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, like: Party | None = None
) -> bytes:
    """An odd certificate's serial, subject and extensions, issued by our authority for a key of ours.

    Args:
        odd: What it is taken from, DER.
        issuer: Who issues it.
        key: Whose key it is for.
        like: Whose subject, key usage and basic constraints it has instead of its own.

    Raises:
        ValueError: It cannot be taken apart, or is no certificate at all.
    """
    fields = read(odd, inside=False).children[0].children
    version = fields.pop(0).dump() if fields and fields[0].tag == b"\xa0" else b""
    if len(fields) < 6:
        raise ValueError("no certificate")
    serial, _, _, _, subject, _, *rest = fields
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    validity = tlv(0x30, _time(NOW - DAY), _time(NOW + DAY))
    wanted = [one for one in _extensions(rest) if _kind(one) not in _IDENTIFIERS | (_USAGE if like else set())]
    owner = subject.dump()
    if like:
        owner = like.certificate.subject.public_bytes()
        present = {_kind(one) for one in wanted}
        ours = _extensions(read(like.der, inside=False).children[0].children)
        wanted += [one for one in ours if _kind(one) not in present]
    others = [one.dump() for one in rest if one.tag != b"\xa3"]
    extensions = tlv(0xA3, tlv(0x30, *(one.dump() for one in wanted))) if wanted else b""
    ca = issuer.certificate.subject.public_bytes()
    return signed(tlv(0x30, version, serial.dump(), ECDSA, ca, validity, owner, public, *others, extensions), issuer)


def dressed_list(odd: bytes, issuer: Party) -> bytes:
    """An odd CRL's entries and extensions, fresh and signed by our authority.

    Raises:
        ValueError: It cannot be taken apart, or is no CRL at all.
    """
    fields = read(odd, inside=False).children[0].children
    version = fields.pop(0).dump() if fields and fields[0].tag == b"\x02" else b""
    if len(fields) < 3:
        raise ValueError("no CRL")
    rest = fields[3:] if len(fields) < 4 or fields[3].tag not in _TIMES else fields[4:]
    name_ = issuer.certificate.subject.public_bytes()
    dates = (_time(NOW - timedelta(hours=1)), _time(NOW + DAY))
    return signed(tlv(0x30, version, ECDSA, name_, *dates, *(one.dump() for one in rest)), issuer)


def dressed_answer(odd: bytes, good: bytes, signer: Party) -> bytes:
    """An odd OCSP answer about our certificate, fresh and signed by our authority.

    Args:
        odd: What it is taken from.
        good: A right answer, for the name of the certificate and of the responder.
        signer: Who answers.

    Raises:
        ValueError: It cannot be taken apart, or is no answer at all.
    """
    whole, model = read(odd), read(good)
    basic, ours = _basic(whole), _basic(model)
    said, wanted = basic.children[0], ours.children[0]
    fields = [one for one in said.children if one.tag != b"\xa0"]  # the version is the default one
    fields[0], fields[1] = wanted.children[0], wanted.children[1]
    for single in fields[2].children:
        single.children[0] = wanted.children[2].children[0].children[0]
        single.children[2] = read(_time(NOW - timedelta(minutes=5)))
    said.children = fields
    basic.children = [said, read(ECDSA), Node(b"\x03", b"\0" + _sign(signer.key, said.dump()))]
    return whole.dump()


def _basic(answer: Node) -> Node:
    """The BasicOCSPResponse in an OCSPResponse (RFC 6960, section 4.2.1)."""
    wrapped = next((one for one in answer.walk() if one.tag == b"\x04" and one.children), None)
    if wrapped is None or len(wrapped.children[0].children) < 3 or len(wrapped.children[0].children[0].children) < 3:
        raise ValueError("no answer")
    return wrapped.children[0]


_TIMES = {b"\x17", b"\x18"}


def _time(moment: datetime) -> bytes:
    return tlv(0x18, f"{moment:%Y%m%d%H%M%S}Z".encode())


def reissued(leaf: bytes, authority: bytes, key: Party) -> bytes:
    """A certificate as this authority, odd as it may be, would have issued it.

    Raises:
        ValueError: The authority's certificate cannot be taken apart.
    """
    above = read(authority, inside=False).children[0].children
    subject = above[5 if above and above[0].tag == b"\xa0" else 4].dump() if len(above) > 5 else b"\x30\x00"
    fields = [one.dump() for one in read(leaf, inside=False).children[0].children]
    fields[3] = subject
    return signed(tlv(0x30, *fields), key)


def _extensions(fields: Sequence[Node]) -> list[Node]:
    return next((one.children[0].children for one in fields if one.tag == b"\xa3" and one.children), [])


def _kind(extension: Node) -> bytes:
    return extension.children[0].content if extension.children else b""


def _serial_and_issuer(certificate: bytes) -> tuple[bytes, bytes]:
    """As they are encoded; of what is no certificate, something."""
    try:
        fields = read(certificate, inside=False).children[0].children
    except (ValueError, IndexError):
        fields = []
    at = 1 if fields and fields[0].tag == b"\xa0" else 0
    if len(fields) < at + 3:
        return b"\x02\x01\x01", b"\x30\x00"
    return fields[at].dump(), fields[at + 2].dump()


def _attribute(kind: str, value: bytes) -> bytes:
    return tlv(0x30, bytes.fromhex(kind), tlv(0x31, value))


def _sign(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, data: bytes) -> bytes:
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())
