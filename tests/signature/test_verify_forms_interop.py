"""Signatures that other programs really made: xmlsec1, signxml, OpenSSL, pyHanko; and what xmlsec1 says of ours."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from pyhanko.sign import SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore
from signxml import methods
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner
from signxml.xades import XAdESDataObjectFormat, XAdESSignaturePolicy, XAdESSigner

from chukyso.signature.names import spells
from chukyso.signature.profile import DS, ENVELOPED, SHA512
from chukyso.signature.refusal import Refusal
from support.forms import (
    C14N,
    DATA,
    DOCUMENT,
    INVOICE,
    OFFICE,
    PLACE,
    PROPERTIES,
    SELLER,
    TIME,
    WHOLE,
    Form,
    Ref,
    known,
    signed,
    time_object,
    xades_certificate,
    xades_object,
    xades_time,
)
from support.signature import Party, Pki, issue, key_usage, name
from support.verify import CONTENT, verdict

pytestmark = pytest.mark.usefixtures("good_answers")

needs_xmlsec1 = pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="xmlsec1 is not installed")
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
# xmlsec1 takes an attribute for an Id when it is told so.
IDS = ("DLHDon", "MCCQT", "ToKhai", *(f"{DS}:{name}" for name in ("Object", "Signature", "KeyInfo")))
IDS += ("http://uri.etsi.org/01903/v1.3.2#:SignedProperties",)
ID_OPTIONS = tuple(part for tag in IDS for part in ("--id-attr:Id", tag))


def key_pem(party: Party) -> bytes:
    return party.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def files(directory: Path, pki: Pki, party: Party) -> None:
    for file, content in {
        "key.pem": key_pem(party),
        "leaf.pem": party.pem,
        "ca.pem": pki.ca.pem,
        "root.pem": pki.root.pem,
        "content": CONTENT,
    }.items():
        (directory / file).write_bytes(content)


def run(directory: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=directory, check=False, capture_output=True, text=True, timeout=60)


def xmlsec_verifies(directory: Path, pki: Pki, data: bytes, node: str | None = None) -> bool:
    (directory / "document.xml").write_bytes(data)
    (directory / "root.pem").write_bytes(pki.root.pem)
    chosen = ("--node-xpath", node) if node else ()
    options = ("--verify", "--enabled-key-data", "x509", "--trusted-pem", "root.pem", *ID_OPTIONS, *chosen)
    return run(directory, "xmlsec1", *options, "document.xml").returncode == 0


# -- made by xmlsec1, read here -------------------------------------------------------------------------------

X509 = "<X509Data><X509Certificate/></X509Data>"
KEY_INFO = {"certificate": "<X509Data/>", "key": f"<KeyValue/>{X509}", "key behind": f"{X509}<KeyValue/>"}
MORE = "http://www.w3.org/2001/04/xmldsig-more#"


def template(document: bytes, form: Form, place: str) -> bytes:
    root = etree.fromstring(document)
    references = "".join(ref.xml() for ref in form.refs)
    root.find(place).append(
        etree.fromstring(
            f'<Signature xmlns="{DS}" Id="{form.identifier}"><SignedInfo>'
            f'<CanonicalizationMethod Algorithm="{form.c14n}"/><SignatureMethod Algorithm="{form.method}"/>'
            f"{references}</SignedInfo><SignatureValue/><KeyInfo>{form.key_info}</KeyInfo>{form.objects}</Signature>"
        )
    )
    return etree.tostring(root)


def made_by_xmlsec(directory: Path, pki: Pki, party: Party, form: Form, document: bytes, place: str) -> bytes:
    files(directory, pki, party)
    (directory / "template.xml").write_bytes(template(document, form, place))
    options = ("--sign", "--privkey-pem", "key.pem,leaf.pem", *ID_OPTIONS, "--output", "signed.xml")
    done = run(directory, "xmlsec1", *options, "template.xml")
    assert done.returncode == 0, done.stderr
    return (directory / "signed.xml").read_bytes()


@needs_xmlsec1
@pytest.mark.parametrize(("kind", "label"), [*(("rsa", label) for label in KEY_INFO), ("ec", "certificate")])
def test_key_info_of_xmlsec1(pki: Pki, tmp_path: Path, kind: str, label: str) -> None:
    """xmlsec1 1.2 writes no keys on curves, and leaves names and serials empty."""
    party = pki.leaf if kind == "rsa" else pki.organisation(key=pki.other_key)
    method = f"{MORE}rsa-sha512" if kind == "rsa" else f"{MORE}ecdsa-sha512"
    form = Form((replace(WHOLE, digest=SHA512),), method, key_info=KEY_INFO[label])
    data = made_by_xmlsec(tmp_path, pki, party, form, DOCUMENT, PLACE)
    assert known(data).certificate.der == party.der


@needs_xmlsec1
@pytest.mark.parametrize("form", list(C14N))
def test_invoice_by_xmlsec1(pki: Pki, tmp_path: Path, form: str) -> None:
    """Line ends and indentation in KeyInfo, prefixes of its own choice: as another program writes."""
    document = INVOICE.replace(b"<HDon>", b'<HDon xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">')
    refs = (replace(DATA, transforms=(C14N[form],)), replace(TIME, transforms=(C14N[form],)))
    made = Form(refs, c14n=C14N[form], objects=time_object(), key_info=X509)
    data = made_by_xmlsec(tmp_path, pki, pki.leaf, made, document, SELLER)
    found = verdict(pki, data, place=SELLER, part="DLHDon", trust=None)
    assert found.certificate is not None
    assert [str(one) for one in found.signed] == ["DLHDon #data"]


# -- made here, as other programs do, and read by both --------------------------------------------------------


@needs_xmlsec1
@pytest.mark.parametrize("info", list(C14N))
@pytest.mark.parametrize("transform", [*C14N, None])
def test_xmlsec1_on_canonical_forms(pki: Pki, tmp_path: Path, info: str, transform: str | None) -> None:
    document = (
        b'<ToKhai xmlns="urn:a" xmlns:u="urn:unused" u:x="1"><B xmlns=""><u:C/><D xmlns:v="urn:v"/></B>'
        b'<CKy xmlns=""/></ToKhai>'
    )
    steps = (ENVELOPED, C14N[transform]) if transform else (ENVELOPED,)
    form = Form((Ref(transforms=steps),), c14n=C14N[info], chain=pki.chain)
    data = signed(pki.leaf, form, document)
    assert known(data)
    assert xmlsec_verifies(tmp_path, pki, data)
    changed = data.replace(b"<u:C/>", b"<u:D/>")
    assert not xmlsec_verifies(tmp_path, pki, changed)
    assert verdict(pki, changed, place=PLACE).name == "TOTAL-FAILED/HASH_FAILURE"


@needs_xmlsec1
@pytest.mark.parametrize("form", list(C14N))
def test_xmlsec1_on_parts_in_namespaces(pki: Pki, tmp_path: Path, form: str) -> None:
    """What is in scope around a part belongs to its inclusive form."""
    document = INVOICE.replace(b"<HDon>", b'<HDon xmlns:a="urn:a" xmlns:b="urn:b">').replace(
        b"<TToan>", b"<TToan b:x=''>"
    )
    refs = (replace(DATA, transforms=(C14N[form],)), replace(TIME, transforms=(C14N[form],)))
    made = Form(refs, c14n=C14N[form], objects=time_object(), chain=pki.chain)
    data = signed(pki.leaf, made, document, SELLER)
    assert known(data, SELLER, "DLHDon")
    assert xmlsec_verifies(tmp_path, pki, data)


@needs_xmlsec1
def test_xmlsec1_on_both_signatures_of_an_invoice(pki: Pki, tmp_path: Path) -> None:
    seller = Form((DATA, TIME), objects=time_object(target="#NBan"), identifier="NBan", chain=pki.chain)
    refs = (replace(DATA, transforms=()), Ref("#OfficeTime", ()), Ref("#code", ()))
    office = Form(refs, objects=time_object("OfficeTime", target="x"), identifier="Tct", chain=pki.chain)
    data = signed(pki.leaf, office, signed(pki.leaf, seller, INVOICE, SELLER), OFFICE)
    for place, identifier in ((SELLER, "NBan"), (OFFICE, "Tct")):
        assert known(data, place, "DLHDon")
        node = f"//*[local-name()='Signature'][@Id='{identifier}']"
        assert xmlsec_verifies(tmp_path, pki, data, node)


@needs_xmlsec1
def test_xmlsec1_on_xades(pki: Pki, tmp_path: Path) -> None:
    objects = xades_object(xades_time() + xades_certificate(pki.leaf.der))
    data = signed(pki.leaf, Form((WHOLE, PROPERTIES), objects=objects, chain=pki.chain))
    assert known(data).certificate_bound
    assert xmlsec_verifies(tmp_path, pki, data)


# -- signxml --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method", [SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512, SignatureMethod.SHA512_RSA_MGF1]
)
@pytest.mark.parametrize("form", [one for one in CanonicalizationMethod if "COMMENTS" not in one.name])
def test_signxml(pki: Pki, method: SignatureMethod, form: CanonicalizationMethod) -> None:
    chain = [pki.leaf.certificate, pki.ca.certificate]
    signer = XMLSigner(methods.enveloped, method, DigestAlgorithm.SHA384, form)
    root = signer.sign(etree.fromstring(DOCUMENT), key=key_pem(pki.leaf), cert=chain)
    found = verdict(pki, etree.tostring(root), place=None)
    assert (found.name, found.signing_time, found.certificate_bound) == ("TOTAL-PASSED", None, False)


def test_xades_of_signxml(pki: Pki) -> None:
    """With KeyValue beside the certificate, KeyInfo signed, a policy, a role and the format of the data."""
    signer = XAdESSigner(
        signature_policy=XAdESSignaturePolicy("urn:example:policy", "policy", DigestAlgorithm.SHA256, "AAAA"),
        claimed_roles=["giám đốc"],
        data_object_format=XAdESDataObjectFormat("document", "text/xml"),
    )
    root = signer.sign(
        etree.fromstring(DOCUMENT), key=key_pem(pki.leaf), cert=[pki.leaf.certificate, pki.ca.certificate]
    )
    data = etree.tostring(root)
    found = verdict(pki, data, place=None, at=datetime.now(UTC))
    assert (found.name, found.certificate_bound) == ("TOTAL-PASSED", True)
    assert {"XAdES SignaturePolicyIdentifier", "XAdES SignerRole"} < set(found.not_checked)
    assert found.signing_time is not None
    assert abs((found.signing_time - datetime.now(UTC)).total_seconds()) < 600
    assert verdict(pki, data.replace(b"Hoa Sen", b"Hoa Sem"), place=None).name == "TOTAL-FAILED/HASH_FAILURE"


# -- names as OpenSSL spells them ------------------------------------------------------------------------------


@needs_openssl
@pytest.mark.parametrize(
    "form", ["RFC2253", "RFC2253,-esc_msb,utf8", "oneline,utf8", "RFC2253,sname,sep_comma_plus_space", "oneline,lname"]
)
def test_names_of_openssl(pki: Pki, tmp_path: Path, form: str) -> None:
    owner = 'Sen, "Hồng" + Con; <A>\\ Thử'
    extra = [x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, owner)]
    party = pki.organisation(extra=extra)
    files(tmp_path, pki, party)
    done = run(tmp_path, "openssl", "x509", "-in", "leaf.pem", "-noout", "-subject", "-nameopt", form)
    text = done.stdout.removeprefix("subject=").strip()
    name_of = asn1_x509.Certificate.load(party.der).subject
    if "lname" in form:  # names such as organizationName are written by nobody in a signature
        with pytest.raises(ValueError, match="not read as a name"):
            spells(text, name_of)
    else:
        assert spells(text, name_of), text
        assert not spells(text.replace("Con", "Cob"), name_of)


# -- CMS ------------------------------------------------------------------------------------------------------


@needs_openssl
@pytest.mark.parametrize(
    ("options", "bound"),
    [
        ([], False),
        (["-cades"], True),
        (["-keyid"], False),
        (["-keyid", "-cades", "-md", "sha512"], True),
        (["-nosmimecap", "-md", "sha384"], False),
        (["-certfile", "root.pem", "-cades"], True),
    ],
)
def test_openssl(pki: Pki, tmp_path: Path, options: list[str], bound: bool) -> None:
    files(tmp_path, pki, pki.leaf)
    command = ["openssl", "cms", "-sign", "-binary", "-in", "content", "-signer", "leaf.pem", "-inkey", "key.pem"]
    done = run(tmp_path, *command, "-certfile", "ca.pem", "-outform", "DER", "-out", "s.p7s", *options)
    assert done.returncode == 0, done.stderr
    found = verdict(pki, (tmp_path / "s.p7s").read_bytes(), content=CONTENT, at=datetime.now(UTC))
    if "root.pem" in options:  # the last one given is what openssl takes
        assert found.reasons[0].code is Refusal.CERT_UNTRUSTED
    else:
        assert found.name == "TOTAL-PASSED"
    assert found.certificate_bound is bound


@needs_openssl
@pytest.mark.parametrize("options", [["-noattr"], ["-nodetach"], ["-stream", "-indef"]])
def test_openssl_forms_that_are_not_supported(pki: Pki, tmp_path: Path, options: list[str]) -> None:
    files(tmp_path, pki, pki.leaf)
    command = ["openssl", "cms", "-sign", "-binary", "-in", "content", "-signer", "leaf.pem", "-inkey", "key.pem"]
    done = run(tmp_path, *command, "-outform", "DER", "-out", "s.p7s", *options)
    assert done.returncode == 0, done.stderr
    found = verdict(pki, (tmp_path / "s.p7s").read_bytes(), content=CONTENT)
    assert found.reasons[0].code is Refusal.SIG_UNSUPPORTED


def test_pyhanko(pki: Pki) -> None:
    """CAdES with a time stamp, and the stamp's authority among the certificates."""
    usage = key_usage(digital_signature=True)
    stamper = issue(name("Stamps"), rsa.generate_private_key(65537, 2048), usage=usage)
    certificates = SimpleCertificateStore()
    certificates.register_multiple([asn1_x509.Certificate.load(one.der) for one in (pki.ca, pki.root, stamper)])
    signer = SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(pki.leaf.der),
        signing_key=asn1_keys.PrivateKeyInfo.load(private_der(pki.leaf)),
        cert_registry=certificates,
        embed_roots=True,
    )
    stamps = DummyTimeStamper(
        asn1_x509.Certificate.load(stamper.der), asn1_keys.PrivateKeyInfo.load(private_der(stamper))
    )
    made = asyncio.run(
        signer.async_sign_general_data(
            CONTENT,
            "sha512",
            detached=True,
            timestamper=stamps,
            use_cades=True,
            signed_attr_settings=PdfCMSSignedAttributes(signing_time=datetime.now(UTC)),
        )
    )
    found = verdict(pki, made.dump(), content=CONTENT, at=datetime.now(UTC))
    assert found.name == "TOTAL-PASSED", found.reasons
    assert found.certificate_bound
    assert "signature time stamp" in found.not_checked


def private_der(party: Party) -> bytes:
    return party.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
