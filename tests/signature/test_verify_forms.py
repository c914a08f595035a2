"""XML signatures of other programs that are read: what is accepted, and what the verdict says of it."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from chukyso.archive.examine_submission import check_submission
from chukyso.archive.examined import Examined
from chukyso.cli import main
from chukyso.moment import VIETNAM
from chukyso.signature.forms import C14N_10, DIGESTS, METHODS, SHA1
from chukyso.signature.profile import DS, ENVELOPED, EXC_C14N, ds
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.verify import verify_xml
from chukyso.signature.xmlsafe import canonical
from support.forgery import b64
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
    forged,
    invoice,
    issuer_serial,
    known,
    refused,
    signed,
    time_object,
    xades_certificate,
    xades_object,
    xades_time,
)
from support.signature import NOW, TAX_CODE, Party, Pki, find
from support.verify import verdict

pytestmark = pytest.mark.usefixtures("good_answers")

MOMENT = datetime(2026, 3, 2, 8, 0, tzinfo=VIETNAM)
NO_TIME = "the signing time: none is signed"


@pytest.fixture(scope="module")
def old(pki: Pki) -> Party:
    """A certificate that was valid at ``MOMENT`` already."""
    return pki.organisation(start=MOMENT)


# -- algorithms and canonical forms ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", sorted(METHODS["rsa"]))
@pytest.mark.parametrize("digest", sorted(DIGESTS))
def test_rsa(pki: Pki, method: str, digest: str) -> None:
    data = signed(pki.leaf, Form((replace(WHOLE, digest=digest),), method))
    assert known(data).certificate.der == pki.leaf.der


@pytest.mark.parametrize("method", sorted(METHODS["ec"]))
@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_ecdsa(pki: Pki, method: str, curve: ec.EllipticCurve) -> None:
    party = pki.organisation(key=ec.generate_private_key(curve))
    assert known(signed(party, Form(method=method))).certificate.der == party.der


NAMESPACES = {
    "none": DOCUMENT,
    "default": DOCUMENT.replace(b"<ToKhai>", b'<ToKhai xmlns="urn:a" xmlns:unused="urn:u">').replace(b"<CKy/>", b""),
    "prefixes": b'<a:A xmlns:a="urn:a" xmlns="urn:b" a:x="1"><B xmlns=""><a:C/></B></a:A>',
}


@pytest.mark.parametrize("info", list(C14N))
@pytest.mark.parametrize("transform", [*C14N, None])
@pytest.mark.parametrize("label", list(NAMESPACES))
def test_canonical_forms(pki: Pki, info: str, transform: str | None, label: str) -> None:
    steps = (ENVELOPED, C14N[transform]) if transform else (ENVELOPED,)
    document = NAMESPACES[label]
    data = signed(pki.leaf, Form((Ref(transforms=steps),), c14n=C14N[info]), document, None)
    (part,) = known(data, None).parts
    assert part.path == ""
    assert canonical(part.element) == canonical(etree.fromstring(document))


# -- what is signed, and where the signature is ----------------------------------------------------------------


def test_root_by_its_id(pki: Pki) -> None:
    document = DOCUMENT.replace(b"<ToKhai>", b'<ToKhai Id="doc">')
    (part,) = known(signed(pki.leaf, Form((Ref("#doc"),)), document)).parts
    assert (part.path, part.identifier) == ("", "doc")
    assert part.element.findtext("MST") == TAX_CODE
    assert part.element.find(f".//{ds('Signature')}") is None


@pytest.mark.parametrize("attribute", ["Id", "ID"])
def test_spellings_of_id(pki: Pki, attribute: str) -> None:
    document = DOCUMENT.replace(b"<ToKhai>", f'<ToKhai {attribute}="doc">'.encode())
    assert known(signed(pki.leaf, Form((Ref("#doc"),)), document)).parts[0].identifier == "doc"


def test_anywhere_in_its_place(pki: Pki) -> None:
    """First, last, between other elements and space: it is taken out of what is handed out."""

    def first(root: etree._Element) -> None:
        root.insert(0, find(root, "Signature"))

    def indented(root: etree._Element) -> None:
        signature = find(root, "Signature")
        root[-2].tail, signature.tail = "\n  ", "\n"

    data = signed(pki.leaf, Form(), place=None)
    for forge in (first, indented):
        (part,) = known(forged(pki.leaf, data, forge), None).parts
        assert part.element.find(ds("Signature")) is None
        assert part.element.findtext("MST") == TAX_CODE


def test_place_in_a_namespace(pki: Pki) -> None:
    document = b'<A xmlns="urn:a"><x:B xmlns:x="urn:x"><C/></x:B></A>'
    data = signed(pki.leaf, Form(), document, "{urn:x}B/{urn:a}C")
    assert known(data, "B/C").certificate.der == pki.leaf.der


def test_plain_signature_has_no_time(pki: Pki, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = signed(pki.leaf, Form(chain=pki.chain))
    found = verdict(pki, data, place=PLACE)
    assert (found.passed, found.signing_time) == (True, None)
    assert NO_TIME in found.not_checked
    assert found.to_json()["signing_time"] is None
    text = printed(pki, data, tmp_path, capsys, "--place", PLACE)
    assert "Thời điểm ký" not in text
    assert NO_TIME in text


def test_time_that_is_not_signed(pki: Pki) -> None:
    """As some programs write it: whoever hands the document over may have written it."""
    data = signed(pki.leaf, Form(objects=time_object()))
    assert known(data).signing_time is None
    assert set(known(data).not_checked) == {"a signing time that is not signed", NO_TIME}


# -- XAdES ----------------------------------------------------------------------------------------------------


def xades(party: Party, properties: str, **more: str) -> bytes:
    return signed(party, Form((WHOLE, PROPERTIES), objects=xades_object(properties, **more)))


def test_xades_bes(pki: Pki, old: Party) -> None:
    form = Form((WHOLE, PROPERTIES), objects=xades_object(xades_time() + xades_certificate(old.der)), chain=pki.chain)
    found = verdict(pki, signed(old, form), place=PLACE)
    assert (found.name, found.signing_time, found.certificate_bound) == ("TOTAL-PASSED", MOMENT, True)
    assert found.not_checked == ("time stamps", "long-term validation")


def test_issuer_and_serial_in_xades(pki: Pki) -> None:
    leaf = asn1_x509.Certificate.load(pki.leaf.der)
    serial = f"<X509SerialNumber>{leaf.serial_number}</X509SerialNumber>"
    v1 = f"<q:IssuerSerial><X509IssuerName>CN=sandbox  CA</X509IssuerName>{serial}</q:IssuerSerial>"
    data = xades(pki.leaf, xades_certificate(pki.leaf.der, name="SigningCertificate", more=v1))
    assert known(data).certificate_bound
    v2 = f"<q:IssuerSerialV2>{b64(issuer_serial(leaf, leaf.serial_number))}</q:IssuerSerialV2>"
    assert known(xades(pki.leaf, xades_certificate(pki.leaf.der, more=v2))).certificate_bound


def test_chain_named_in_xades(pki: Pki) -> None:
    """Signer and issuers, in this order or another: the signer's must be among them."""
    cert = '<q:Cert><q:CertDigest><DigestMethod Algorithm="{}"/><DigestValue>{}</DigestValue></q:CertDigest></q:Cert>'
    entries = [
        cert.format("http://www.w3.org/2001/04/xmlenc#sha256", b64(sha256(one.der).digest()))
        for one in (pki.ca, pki.leaf)
    ]
    for order in (entries, entries[::-1]):
        listed = "".join(order)
        assert known(xades(pki.leaf, f"<q:SigningCertificateV2>{listed}</q:SigningCertificateV2>")).certificate_bound


def test_certificate_named_by_sha_1_is_not_bound(pki: Pki) -> None:
    data = xades(pki.leaf, xades_certificate(pki.leaf.der, SHA1, name="SigningCertificate"))
    assert not known(data).certificate_bound
    assert "the signing certificate: it is named by SHA-1 only" in known(data).not_checked
    both = xades_certificate(pki.leaf.der, SHA1, name="SigningCertificate") + xades_certificate(pki.leaf.der)
    assert known(xades(pki.leaf, both)).certificate_bound


def test_what_xades_claims_is_named_and_not_checked(pki: Pki) -> None:
    claims = (
        f"{xades_time()}<q:SignaturePolicyIdentifier><q:SignaturePolicyImplied/></q:SignaturePolicyIdentifier>"
        "<q:SignerRole><q:ClaimedRoles><q:ClaimedRole>giám đốc</q:ClaimedRole></q:ClaimedRoles></q:SignerRole>"
    )
    unsigned = (
        "<q:UnsignedProperties><q:UnsignedSignatureProperties><q:SignatureTimeStamp/><q:CounterSignature/>"
        "</q:UnsignedSignatureProperties></q:UnsignedProperties>"
    )
    found = known(xades(pki.leaf, claims, unsigned=unsigned))
    assert set(found.not_checked) == {
        "XAdES SignaturePolicyIdentifier",
        "XAdES SignerRole",
        "unsigned property SignatureTimeStamp",
        "unsigned property CounterSignature",
    }
    formats = "<q:SignedDataObjectProperties><q:DataObjectFormat/></q:SignedDataObjectProperties>"
    assert known(xades(pki.leaf, xades_time(), data_objects=formats)).not_checked == ()


def test_signed_key_info_binds_the_certificate(pki: Pki) -> None:
    data = signed(pki.leaf, Form())

    def sign_key_info(root: etree._Element) -> None:
        find(root, "KeyInfo").set("Id", "key")
        find(root, "SignedInfo").append(etree.fromstring(f'<S xmlns="{DS}">{Ref("#key", ()).xml()}</S>')[0])

    assert not known(data).certificate_bound
    assert known(forged(pki.leaf, data, sign_key_info)).certificate_bound


# -- invoices --------------------------------------------------------------------------------------------------


def test_seller_of_an_invoice(pki: Pki, old: Party) -> None:
    form = Form((DATA, TIME), objects=time_object(target="#NBan"), identifier="NBan", chain=pki.chain)
    found = verdict(pki, invoice(old, form=form), place=SELLER, part="DLHDon")
    assert (found.name, found.signing_time) == ("TOTAL-PASSED", MOMENT)
    assert found.to_json()["signed"] == [{"element": "DLHDon", "id": "data"}]
    assert any("time zone" in left for left in found.not_checked)


def test_both_signatures_of_an_invoice(
    pki: Pki, old: Party, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office = pki.organisation(["MST:0100231226"], start=MOMENT, key=pki.other_key)
    office.key = pki.other_key
    form = Form((DATA, TIME), objects=time_object(target="#NBan"), identifier="NBan")
    data = signed(old, form, INVOICE, SELLER)
    ec_method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    refs = (replace(DATA, transforms=()), Ref("#OfficeTime", ()), Ref("#code", ()))
    times = time_object("OfficeTime", target="signatureProperties")
    data = signed(office, Form(refs, ec_method, objects=times, identifier="Tct"), data, OFFICE)
    seller, tax_office = known(data, SELLER, "DLHDon"), known(data, OFFICE, "MCCQT")
    assert (seller.certificate.der, seller.others) == (old.der, (OFFICE,))
    assert (tax_office.certificate.der, tax_office.others) == (office.der, (SELLER,))
    assert [part.path for part in tax_office.parts] == ["MCCQT", "DLHDon"]
    assert tax_office.parts[0].element.text == "00AB"
    assert known(data, "#NBan", "DLHDon").certificate.der == old.der
    text = printed(pki, data, tmp_path, capsys, "--place", OFFICE, "--part", "DLHDon")
    assert "Được ký / signed: DLHDon #data, MCCQT #code" in text
    assert "Phần còn lại của tài liệu không được ký." in text
    assert f"Chữ ký khác, không kiểm tra / other signatures, not checked: {SELLER}" in text


def test_the_way_on_is_named(pki: Pki, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = invoice(pki.leaf, pki.leaf)
    text = printed(pki, data, tmp_path, capsys)
    assert "Gợi ý: dùng --place DSCKS/NBan\n" in text
    assert "Gợi ý: dùng --place DSCKS/CQT\n" in text
    text = printed(pki, data, tmp_path, capsys, "--place", OFFICE)
    assert "Gợi ý: dùng --part DLHDon\n" in text
    assert "Gợi ý: dùng --part MCCQT\n" in text


def test_only_the_signed_part_is_handed_out(pki: Pki) -> None:
    data = invoice(pki.leaf).replace(b"<MCCQT", b"<MST>0101234573</MST><MCCQT")
    (part,) = known(data, SELLER, "DLHDon").parts
    assert part.element.tag == "DLHDon"
    assert part.element.getparent() is None
    assert b"0101234573" not in part.data == etree.tostring(part.element, method="c14n")


def test_invoice_in_its_envelope(pki: Pki) -> None:
    """As it travels: the same signature, some levels further down."""
    form = Form((DATA, TIME), objects=time_object(target="#NBan"), identifier="NBan")
    envelope = b"<TDiep><DLieu>" + INVOICE + b"</DLieu></TDiep>"
    data = signed(pki.leaf, form, envelope, "DLieu/HDon/DSCKS/NBan")
    found = known(data, "DLieu/HDon/DSCKS/NBan", "DLieu/HDon/DLHDon")
    assert [part.path for part in found.parts] == ["DLieu/HDon/DLHDon"]
    taken_out = data[data.index(b"<HDon>") : data.index(b"</HDon>") + 7]
    assert known(taken_out, SELLER, "DLHDon").parts[0].data == found.parts[0].data


def test_second_signature_over_the_first(pki: Pki) -> None:
    document = b"<A><B/><S/><T/></A>"
    one = signed(pki.leaf, Form(identifier="one"), document, "S")
    two = signed(pki.leaf, Form(identifier="two"), one, "T")
    assert known(one, "S").others == ()
    assert known(two, "T").others == ("S",)
    assert known(two, "T").parts[0].element.find(f"S/{ds('Signature')}") is not None, "it is covered, not verified"
    assert refused(two, "S") is Refusal.SIG_DIGEST, "what it covered has grown"
    both = signed(pki.leaf, Form(identifier="two"), signed(pki.leaf, Form(identifier="one"), b"<A/>", None), None)
    assert refused(both, None) is Refusal.SIG_MULTIPLE
    assert known(both, "#two").others == ("#one",)


# -- the portal and others keep to their one shape -------------------------------------------------------------


def test_portal_takes_none_of_them(pki: Pki) -> None:
    forms = [
        Form(),
        Form(c14n=EXC_C14N),
        Form((Ref(transforms=(ENVELOPED, EXC_C14N)), replace(TIME, transforms=(EXC_C14N,))), objects=time_object()),
        Form((WHOLE, PROPERTIES), objects=xades_object(xades_time())),
        Form((Ref(transforms=(ENVELOPED, C14N_10)),)),
    ]
    for form in forms:
        data = signed(pki.leaf, replace(form, chain=pki.chain))
        assert known(data)
        with pytest.raises(SignatureRefused):
            verify_xml(data, trust=pki.trust, now=NOW, place=PLACE)
    assert pki.verified().certificate.der == pki.leaf.der


def test_archive_takes_none_of_them(pki: Pki, tmp_path: Path) -> None:
    """A run submits what is made here: another form in its evidence is not what it submitted."""
    (tmp_path / "evidence").mkdir()
    root, submission = tmp_path / "root.pem", tmp_path / "evidence" / "submission.xml"
    root.write_bytes(pki.root.pem)
    serial = pki.leaf.ours.serial
    manifest = {"submission": {"signature": {"certificate_serial": serial}}, "run": {"rehearsal": False}}
    document = DOCUMENT.replace(b"<CKy/>", b"<CKy_Dvi/>")
    for data, expected in (
        (pki.signed(document=document), "INDETERMINATE/TRY_LATER"),  # nobody is asked about revocation there
        (signed(pki.leaf, Form(chain=pki.chain), document, "CKy_Dvi"), "INDETERMINATE/SIG_CONSTRAINTS_FAILURE"),
    ):
        submission.write_bytes(data)
        assert verdict(pki, data).passed
        examined = Examined(".", ended=NOW)
        check_submission(tmp_path, manifest, {"evidence/submission.xml": ""}, examined, (root,))
        assert examined.signature == expected


def printed(pki: Pki, data: bytes, directory: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    document, root = directory / "document", directory / "root.pem"
    document.write_bytes(data)
    root.write_bytes(pki.root.pem)
    arguments = ["chukyso", "verify", str(document), "--trust", str(root), *options]
    with pytest.MonkeyPatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(sys, "argv", arguments)
        main()
    return capsys.readouterr().out
