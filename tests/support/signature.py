"""A small PKI with a loopback server for CRL and OCSP, and tools to sign and to forge."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from lxml import etree

from chukyso.certificate import Certificate
from chukyso.signature.profile import ds
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.sign import sign_xml
from chukyso.signature.trust import TrustStore
from chukyso.signature.verify import VerifiedDocument, verify_xml
from chukyso.signature.xmlsafe import canonical

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
TAX_CODE = "0101234565"
PLACE = "CKy_Dvi"
DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<ThayDoiChuKySo><TTPhien><NONCE>n-1</NONCE></TTPhien>"
    f"<TTDVI><MST>{TAX_CODE}</MST><TEN_DVI>Công ty Hoa Sen Thử</TEN_DVI></TTDVI>"
    "<CKS_MOI><SERIAL>5401</SERIAL></CKS_MOI><CAM_KET>true</CAM_KET><CKy_Dvi/></ThayDoiChuKySo>"
).encode()


def name(common: str, uids: Iterable[str] = (), extra: Iterable[x509.NameAttribute] = ()) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    attributes += [x509.NameAttribute(NameOID.USER_ID, uid) for uid in uids]
    return x509.Name([*attributes, *extra])


def key_usage(**wanted: bool) -> x509.KeyUsage:
    all_names = (
        "digital_signature content_commitment key_encipherment data_encipherment "
        "key_agreement key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{usage: wanted.get(usage, False) for usage in all_names.split()})


SIGNING_USAGE = key_usage(digital_signature=True, content_commitment=True, key_encipherment=True)


@dataclass
class Party:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def ours(self) -> Certificate:
        return Certificate.from_der(self.der)

    def sign(self, data: bytes) -> bytes:
        """Sign as a token does: PKCS#1 v1.5 for RSA, r‖s for EC."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        algorithm = hashes.SHA384() if self.key.key_size == 384 else hashes.SHA256()
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(algorithm)))
        half = (self.key.key_size + 7) // 8
        return r.to_bytes(half, "big") + s.to_bytes(half, "big")

    def sign_pss(self, data: bytes) -> bytes:
        """Sign with RSA-PSS as a token does."""
        assert isinstance(self.key, rsa.RSAPrivateKey)
        return self.key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def issue(
    subject: x509.Name,
    key: PrivateKey,
    issuer: Party | None = None,
    *,
    start: datetime = NOW - 30 * DAY,
    end: datetime = NOW + 30 * DAY,
    ca: bool = False,
    usage: x509.KeyUsage | None = None,
    extensions: Iterable[x509.ExtensionType] = (),
    critical: Sequence[x509.ExtensionType] = (),
    signing_key: PrivateKey | None = None,
) -> Party:
    """Issue a certificate; without issuer it signs itself."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if usage is not None:
        builder = builder.add_extension(usage, critical=True)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=extension in critical)
    signer = signing_key or (issuer.key if issuer else key)
    return Party(builder.sign(signer, hashes.SHA256()), key)


Answer = Callable[[bytes], tuple[int, bytes]]


@dataclass
class Server:
    """A loopback HTTP server whose answers are functions of the request's body."""

    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    url: str = ""

    @contextmanager
    def running(self) -> Iterator[Server]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, answer = outer.answers.get(self.path, lambda _body: (404, b""))(body)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", outer.url + "/ca.crl")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_GET  # noqa: N815 - the names are http.server's

            def log_message(self, *_args: object) -> None:
                """Nothing on the console."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class Pki:
    """Root, issuing CA, OCSP responder and one organisation; its answers start out good."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.root = issue(name("Sandbox Root"), _rsa(), ca=True, usage=key_usage(key_cert_sign=True, crl_sign=True))
        self.ca = issue(
            name("Sandbox CA"),
            _rsa(),
            self.root,
            ca=True,
            usage=key_usage(key_cert_sign=True, crl_sign=True),
            extensions=[self.crl_point("/root.crl")],
        )
        self.responder = issue(
            name("Sandbox OCSP"),
            ec.generate_private_key(ec.SECP256R1()),
            self.ca,
            usage=key_usage(digital_signature=True),
            extensions=[x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), x509.OCSPNoCheck()],
        )
        self.leaf_key = _rsa()
        self.other_key = ec.generate_private_key(ec.SECP256R1())
        self.issued: dict[int, Party] = {}
        self.leaf = self.organisation()
        self.reset()

    @property
    def trust(self) -> TrustStore:
        return TrustStore((self.root.der,))

    @property
    def chain(self) -> tuple[bytes, ...]:
        return (self.ca.der,)

    def crl_point(self, path: str) -> x509.CRLDistributionPoints:
        address = x509.UniformResourceIdentifier(self.server.url + path)
        return x509.CRLDistributionPoints([x509.DistributionPoint([address], None, None, None)])

    def ocsp_access(self, path: str) -> x509.AuthorityInformationAccess:
        address = x509.UniformResourceIdentifier(self.server.url + path)
        return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, address)])

    def organisation(
        self,
        uids: Iterable[str] = (f"MST:{TAX_CODE}",),
        *,
        extra: Iterable[x509.NameAttribute] = (),
        key: PrivateKey | None = None,
        issuer: Party | None = None,
        start: datetime = NOW - 30 * DAY,
        end: datetime = NOW + 30 * DAY,
        usage: x509.KeyUsage | None = SIGNING_USAGE,
        ca: bool = False,
        extensions: Sequence[x509.ExtensionType] | None = None,
        critical: Sequence[x509.ExtensionType] = (),
        signing_key: PrivateKey | None = None,
    ) -> Party:
        """Issue a certificate for an organisation; the defaults make a good one."""
        if extensions is None:
            extensions = [self.crl_point("/ca.crl"), self.ocsp_access("/ocsp")]
        party = issue(
            name("Công ty Hoa Sen Thử", uids, extra),
            key or self.leaf_key,
            issuer or self.ca,
            start=start,
            end=end,
            usage=usage,
            ca=ca,
            extensions=extensions,
            critical=critical,
            signing_key=signing_key,
        )
        self.issued[party.certificate.serial_number] = party
        return party

    def reset(self) -> None:
        """All answers good and fresh."""
        self.server.requests.clear()
        self.server.answers.clear()
        self.server.answers["/root.crl"] = fixed(self.crl(issuer=self.root))
        self.server.answers["/ca.crl"] = fixed(self.crl())
        self.server.answers["/ocsp"] = self.ocsp()

    def crl(
        self,
        revoked: Iterable[Party] = (),
        *,
        issuer: Party | None = None,
        made: datetime = NOW - timedelta(hours=1),
        until: datetime = NOW + DAY,
        revoked_at: datetime = NOW - timedelta(hours=2),
    ) -> bytes:
        issuer = issuer or self.ca
        builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
        builder = builder.last_update(made).next_update(until)
        builder = builder.add_extension(x509.CRLNumber(1), critical=False)
        for party in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(party.certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(revoked_at).build())
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def ocsp(
        self,
        revoked: Iterable[Party] = (),
        *,
        made: datetime = NOW - timedelta(minutes=1),
        until: datetime = NOW + timedelta(hours=1),
        revoked_at: datetime = NOW - timedelta(hours=2),
        responder: Party | None = None,
        nonce: bytes | None = None,
        about: Party | None = None,
    ) -> Answer:
        """A responder; ``nonce`` answers with this one instead of the question's."""
        serials = {party.certificate.serial_number for party in revoked}
        responder = responder or self.responder

        def answer(body: bytes) -> tuple[int, bytes]:
            request = ocsp.load_der_ocsp_request(body)
            subject = about or self.issued[request.serial_number]
            bad = subject.certificate.serial_number in serials
            asked = request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
            builder = ocsp.OCSPResponseBuilder().add_response(
                cert=subject.certificate,
                issuer=self.ca.certificate,
                algorithm=hashes.SHA1(),  # noqa: S303 - names the certificate only, as the question did
                cert_status=ocsp.OCSPCertStatus.REVOKED if bad else ocsp.OCSPCertStatus.GOOD,
                this_update=made,
                next_update=until,
                revocation_time=revoked_at if bad else None,
                revocation_reason=None,
            )
            builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
            builder = builder.certificates([responder.certificate])
            builder = builder.add_extension(x509.OCSPNonce(nonce or asked), critical=False)
            signed = builder.sign(responder.key, hashes.SHA256())
            return 200, signed.public_bytes(Encoding.DER)

        return answer

    def signed(self, party: Party | None = None, document: bytes = DOCUMENT, **options: object) -> bytes:
        """Sign as the product does."""
        party = party or self.leaf
        arguments = {"signing_time": NOW, "chain": self.chain, **options}
        return sign_xml(document, party.ours, party.sign, **arguments)

    def verified(self, party: Party | None = None, **options: object) -> VerifiedDocument:
        """Sign as this party and verify completely, now."""
        data = self.signed(party, **{key: options.pop(key) for key in ("signing_time", "chain") if key in options})
        return verify_xml(data, **{"trust": self.trust, "now": NOW, **options})

    def refusal(self, party: Party | None = None, **options: object) -> Refusal:
        """Why ``verified`` refuses."""
        with pytest.raises(SignatureRefused) as caught:
            self.verified(party, **options)
        assert caught.value.detail
        return caught.value.refusal


@pytest.fixture(scope="module")
def pki() -> Iterator[Pki]:
    with Server().running() as server:
        yield Pki(server)


@pytest.fixture
def good_answers(pki: Pki) -> None:
    """Whatever an earlier test made CRL and OCSP say."""
    pki.reset()


def fixed(body: bytes, status: int = 200) -> Answer:
    return lambda _body: (status, body)


def _rsa(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def find(root: etree._Element, tag: str) -> etree._Element:
    """The first XMLDSig element of this name."""
    return next(root.iter(ds(tag)))


def parse(data: bytes) -> etree._Element:
    return etree.fromstring(data)


def dump(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def resign(root: etree._Element, party: Party) -> bytes:
    """Make digests and signature right again, as a signer with bad intentions would, and serialise."""
    root = parse(dump(root))
    bare = parse(dump(root))
    signature = find(bare, "Signature")
    signature.getparent().remove(signature)
    for reference in root.iter(ds("Reference")):
        uri = reference.get("URI")
        target = bare if not uri else next(iter(root.xpath("//*[@Id=$id]", id=uri[1:])), None)
        if target is not None:
            digest = sha256(canonical(parse(dump(target)))).digest()
            find(reference, "DigestValue").text = b64encode(digest).decode()
    info = next(root.iter(ds("SignedInfo")))
    find(root, "SignatureValue").text = b64encode(party.sign(canonical(info))).decode()
    return dump(root)
