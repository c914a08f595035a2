"""KeyInfo as other programs write it: hints and keys beside the certificate, in any order; and what contradicts it."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from chukyso.signature.profile import RSA_SHA256
from chukyso.signature.refusal import Refusal
from support.forgery import b64
from support.forms import (
    PLACE,
    Form,
    known,
    refused,
    signed,
)
from support.signature import TAX_CODE, Party, Pki, issue, name
from support.verify import verdict

pytestmark = pytest.mark.usefixtures("good_answers")


def data_of(*parts: str) -> Form:
    return Form(key_info=f"<X509Data>{''.join(parts)}</X509Data>")


def certificate(der: bytes) -> str:
    return f"<X509Certificate>{b64(der)}</X509Certificate>"


SUBJECT = "Công ty Hoa Sen Thử"
SPELLINGS = [
    f"CN={SUBJECT}, OID.0.9.2342.19200300.100.1.1=MST:{TAX_CODE}",
    f"UID=MST:{TAX_CODE},CN={SUBJECT}",
    f'CN="{SUBJECT}", 0.9.2342.19200300.100.1.1="MST:{TAX_CODE}"',
    f"cn = công ty  HOA sen thử ; uid = MST:{TAX_CODE}",
    "CN=C\\C3\\B4ng ty Hoa Sen Th\\E1\\BB\\AD,UID=MST:" + TAX_CODE,
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_subject_name(pki: Pki, text: str) -> None:
    escaped = text.replace('"', "&quot;")
    data = signed(pki.leaf, data_of(f"<X509SubjectName>{escaped}</X509SubjectName>", certificate(pki.leaf.der)))
    assert known(data).certificate.der == pki.leaf.der


def test_name_with_everything_that_needs_escaping(pki: Pki) -> None:
    owner = 'Sen, "Hồng" + Con; <A=B>\\ #1'
    party = pki.organisation(extra=[x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, owner)])
    quoted = owner.replace("\\", "\\\\").replace('"', '""')
    slashed = "".join(f"\\{char}" if char in ',"+;<>\\=#' else char for char in owner)
    for spelled in (f'"{quoted}"', slashed):
        text = f"CN={SUBJECT},UID=MST:{TAX_CODE},O={spelled}"
        element = etree.Element("X509SubjectName")
        element.text = text
        hint = etree.tostring(element, encoding="unicode")
        assert known(signed(party, data_of(hint, certificate(party.der)))).certificate.der == party.der, spelled


def test_serial_and_key_identifier(pki: Pki) -> None:
    serial = pki.leaf.certificate.serial_number
    identifier = x509.SubjectKeyIdentifier.from_public_key(pki.leaf_key.public_key()).digest
    hints = (
        f"<X509IssuerSerial><X509IssuerName>CN=Sandbox CA</X509IssuerName>"
        f"<X509SerialNumber>{serial}</X509SerialNumber></X509IssuerSerial>",
        f"<X509SKI>{b64(identifier)}</X509SKI>",
    )
    data = signed(pki.leaf, data_of(*hints, certificate(pki.leaf.der), "<X509CRL>AAAA</X509CRL>"))
    assert known(data).certificate.der == pki.leaf.der
    assert "revocation lists in KeyInfo" in known(data).not_checked


def test_order_and_strangers_among_certificates(pki: Pki) -> None:
    stranger = issue(name("Stranger"), pki.other_key)
    leaf, ca, root = (certificate(party.der) for party in (pki.leaf, pki.ca, pki.root))
    for order in ((leaf, ca, root), (root, ca, leaf), (ca, leaf, root)):
        found = known(signed(pki.leaf, data_of(*order)))
        assert (found.certificate.der, found.chain) == (pki.leaf.der, (pki.ca.der, pki.root.der))
    found = known(signed(pki.leaf, data_of(leaf, certificate(stranger.der), ca)))
    assert found.chain == (pki.ca.der,)
    assert "1 certificates beside the signer's chain" in found.not_checked


def test_names_are_compared_as_rfc_5280_says(pki: Pki) -> None:
    """The issuer in other letters and with other blanks than the authority's own subject."""
    spelled = Party(issue(name("SANDBOX   ca"), pki.ca.key).certificate, pki.ca.key)
    party = pki.organisation(issuer=spelled)
    found = verdict(pki, signed(party, data_of(certificate(party.der), certificate(pki.ca.der))), place=PLACE)
    assert found.certificate is not None
    assert found.certificate.der == party.der
    assert known(signed(party, data_of(certificate(pki.ca.der), certificate(party.der)))).chain == (pki.ca.der,)


def key_value(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        modulus, exponent = (
            b64(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (numbers.n, numbers.e)
        )
        inside = f"<RSAKeyValue><Modulus>{modulus}</Modulus><Exponent>{exponent}</Exponent></RSAKeyValue>"
    else:
        point = b64(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        inside = (
            '<k:ECKeyValue xmlns:k="http://www.w3.org/2009/xmldsig11#">'
            f'<k:NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"/><k:PublicKey>{point}</k:PublicKey></k:ECKeyValue>'
        )
    return f"<KeyValue>{inside}</KeyValue>"


def der_key(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> str:
    spki = b64(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    return f'<k:DEREncodedKeyValue xmlns:k="http://www.w3.org/2009/xmldsig11#">{spki}</k:DEREncodedKeyValue>'


def test_key_beside_the_certificate(pki: Pki) -> None:
    elliptic = pki.organisation(key=pki.other_key)
    method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    for party, other, algorithm in ((pki.leaf, elliptic, RSA_SHA256), (elliptic, pki.leaf, method)):
        data = f"<X509Data>{certificate(party.der)}</X509Data>"
        for spelled in (key_value, der_key):
            own, foreign = spelled(party.key.public_key()), spelled(other.key.public_key())
            for order in (own + data, data + own):
                assert known(signed(party, Form(method=algorithm, key_info=order))).certificate.der == party.der
            assert refused(signed(party, Form(method=algorithm, key_info=data + foreign))) is Refusal.SIG_KEY_VALUE
            assert refused(signed(party, Form(method=algorithm, key_info=own))) is Refusal.SIG_KEY_VALUE
    another = rsa.generate_private_key(65537, 2048).public_key()
    for spelled in (key_value, der_key):
        beside = f"<X509Data>{certificate(pki.leaf.der)}</X509Data>{spelled(another)}"
        assert refused(signed(pki.leaf, Form(key_info=beside))) is Refusal.SIG_KEY_VALUE


def issuer_and_serial(issuer: str, serial: object) -> str:
    return (
        f"<X509IssuerSerial><X509IssuerName>{issuer}</X509IssuerName>"
        f"<X509SerialNumber>{serial}</X509SerialNumber></X509IssuerSerial>"
    )


def test_hints_that_contradict_the_certificate(pki: Pki) -> None:
    own = certificate(pki.leaf.der)
    serial = pki.leaf.certificate.serial_number
    contradicting = [
        "<X509SubjectName>CN=Công ty Sen Trắng Thử</X509SubjectName>",
        "<X509SubjectName>CN=Công ty Hoa Sen Thử</X509SubjectName>",
        "<X509SubjectName>CN=Công ty Hoa Sen Thử, UID=MST:0101234573</X509SubjectName>",
        issuer_and_serial("CN=Sandbox CA", serial + 1),
        issuer_and_serial("CN=Sandbox Root", serial),
        issuer_and_serial("CN=Sandbox CA", -serial),
        f"<X509SKI>{b64(b'x' * 20)}</X509SKI>",
    ]
    for hint in contradicting:
        for form in (data_of(hint, own), data_of(own, hint)):
            assert refused(signed(pki.leaf, form)) is Refusal.SIG_KEYINFO, hint
    unreadable = [
        "<X509SubjectName/>",
        "<X509SubjectName>Công ty</X509SubjectName>",
        "<X509SubjectName>MST=0101234565</X509SubjectName>",
        "<X509SubjectName>CN=#0c0141</X509SubjectName>",
        '<X509SubjectName>CN="a</X509SubjectName>',
        "<X509SubjectName>CN=\\ff</X509SubjectName>",
        f"<X509SubjectName>CN={'a' * 5000}</X509SubjectName>",
    ]
    for hint in unreadable:
        assert refused(signed(pki.leaf, data_of(hint, own))) is Refusal.SIG_UNSUPPORTED, hint
    broken = [
        "<X509IssuerSerial/>",
        issuer_and_serial("CN=Sandbox CA", "x"),
        issuer_and_serial("CN=Sandbox CA", "9" * 5000),
        issuer_and_serial("CN=Sandbox CA", "٣"),
        "<X509SKI>***</X509SKI>",
        f"<X509SKI>{b64(b'x' * 20)}</X509SKI>" * 17,
    ]
    for hint in broken:
        assert refused(signed(pki.leaf, data_of(hint, own))) is Refusal.SIG_KEYINFO, hint


def test_key_info_without_a_signer(pki: Pki) -> None:
    leaf, root = certificate(pki.leaf.der), certificate(pki.root.der)
    other = certificate(pki.organisation(key=pki.other_key).der)
    stranger = certificate(issue(name("Stranger"), pki.other_key).der)
    cases = {
        "none": data_of(),
        "twice": data_of(leaf, leaf),
        "broken": data_of("<X509Certificate>QUJD</X509Certificate>"),
        "not base64": data_of("<X509Certificate>***</X509Certificate>"),
        "with an attribute": data_of(leaf.replace("<X509Certificate>", '<X509Certificate a="">')),
        "nobody's": data_of("<X509IssuerSerial/>"),
        "eleven": data_of(*(certificate(pki.organisation().der) for _ in range(11))),
        "text": Form(key_info=f"x<X509Data>{leaf}</X509Data>"),
        "no X509Data": Form(key_info="<KeyName>x</KeyName>"),
    }
    for label, form in cases.items():
        assert refused(signed(pki.leaf, form)) is Refusal.SIG_KEYINFO, label
    assert refused(signed(pki.leaf, data_of(other))) is Refusal.SIG_BROKEN
    for order in ((other, leaf), (leaf, other), (other, leaf, stranger), (stranger, root)):
        assert refused(signed(pki.leaf, data_of(*order))) is Refusal.SIG_KEYINFO, "two may be meant"
    for order in ((root, leaf), (leaf, stranger), (stranger, leaf, root)):
        assert known(signed(pki.leaf, data_of(*order))).certificate.der == pki.leaf.der
