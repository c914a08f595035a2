"""Signatures as other programs make them, and their forgeries with right mathematics."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import new as new_hash

import pytest
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from chukyso.signature.forms import C14N_10, C14N_11, SHA1
from chukyso.signature.known import VerifiedSignature, check_known_signature
from chukyso.signature.profile import DS, ENVELOPED, EXC_C14N, RSA_SHA256, SHA256, SHA384, SHA512, ds
from chukyso.signature.refusal import Refusal, SignatureRefused
from support.forgery import b64
from support.signature import TAX_CODE, Party

Forge = Callable[[etree._Element], None]

XADES = "http://uri.etsi.org/01903/v1.3.2#"
PROPERTIES_TYPE = "http://uri.etsi.org/01903#SignedProperties"
HASHES = {SHA1: "sha1", SHA256: "sha256", SHA384: "sha384", SHA512: "sha512"}

# An electronic invoice as Decree 123 has it, shortened: seller and tax office sign parts of it by their Ids.
INVOICE = f"""<HDon><DLHDon Id="data"><TTChung><SHDon>1</SHDon></TTChung><NDHDon><NBan><Ten>Công ty Hoa Sen Thử</Ten>\
<MST>{TAX_CODE}</MST></NBan><TToan><TgTTTBSo>1320000</TgTTTBSo></TToan></NDHDon></DLHDon><MCCQT Id="code">00AB</MCCQT>\
<DSCKS><NBan/><CQT/></DSCKS></HDon>""".encode()
SELLER, OFFICE = "DSCKS/NBan", "DSCKS/CQT"
DOCUMENT = f"<ToKhai><MST>{TAX_CODE}</MST><Ten>Công ty Hoa Sen Thử</Ten><CKy/></ToKhai>".encode()
PLACE = "CKy"


@dataclass(frozen=True)
class Ref:
    """A Reference to be made."""

    uri: str = ""
    transforms: tuple[str, ...] = (ENVELOPED,)
    digest: str = SHA256
    type: str = ""

    def xml(self) -> str:
        steps = "".join(f'<Transform Algorithm="{step}"/>' for step in self.transforms)
        kind = f' Type="{self.type}"' if self.type else ""
        return (
            f'<Reference{kind} URI="{self.uri}">{f"<Transforms>{steps}</Transforms>" if steps else ""}'
            f'<DigestMethod Algorithm="{self.digest}"/><DigestValue/></Reference>'
        )


WHOLE = Ref()
DATA = Ref("#data")


@dataclass(frozen=True)
class Form:
    """A signature to be made; the defaults are those of .NET.

    Attributes:
        refs: Its References.
        objects: Its Objects, XML.
        key_info: The content of KeyInfo, XML; None: X509Data with the signer's certificate and ``chain``.
        identifier: Its Id.
    """

    refs: tuple[Ref, ...] = (WHOLE,)
    method: str = RSA_SHA256
    c14n: str = C14N_10
    objects: str = ""
    key_info: str | None = None
    chain: tuple[bytes, ...] = ()
    identifier: str = "sig"


def signed(party: Party, form: Form, document: bytes = DOCUMENT, place: str | None = PLACE) -> bytes:
    """Sign a document in a form."""
    root = etree.fromstring(document)
    holder = root if place is None else root.find(place)
    certificates = "".join(f"<X509Certificate>{b64(der)}</X509Certificate>" for der in (party.der, *form.chain))
    key_info = form.key_info if form.key_info is not None else f"<X509Data>{certificates}</X509Data>"
    holder.append(
        etree.fromstring(
            f'<Signature xmlns="{DS}" Id="{form.identifier}"><SignedInfo>'
            f'<CanonicalizationMethod Algorithm="{form.c14n}"/><SignatureMethod Algorithm="{form.method}"/>'
            f"{''.join(ref.xml() for ref in form.refs)}</SignedInfo>"
            f"<SignatureValue/><KeyInfo>{key_info}</KeyInfo>{form.objects}</Signature>"
        )
    )
    return resigned(root, party, form.identifier)


def resigned(root: etree._Element, party: Party, identifier: str = "sig") -> bytes:
    """Make the digests and the value of a signature right, whatever was done to the document, and serialise."""
    root = _again(root)
    signature = _signature(root, identifier)
    for reference in signature.iter(ds("Reference")):
        steps = [step.get("Algorithm") for step in reference.iter(ds("Transform"))]
        copy = _again(root)
        uri = reference.get("URI") or ""
        found = [copy] if not uri else copy.xpath("//*[@*[local-name()='Id' or local-name()='ID']=$id]", id=uri[1:])
        if not found:
            continue
        if ENVELOPED in steps:
            _take_out(_signature(copy, identifier))
        form = next((step for step in steps if step != ENVELOPED), C14N_10)
        algorithm = HASHES.get(reference.find(ds("DigestMethod")).get("Algorithm"), "sha256")
        digest = new_hash(algorithm, canonical(found[0], form)).digest()
        reference.find(ds("DigestValue")).text = b64encode(digest).decode()
    info = signature.find(ds("SignedInfo"))
    form = info.find(ds("CanonicalizationMethod")).get("Algorithm")
    value = sign(party, info.find(ds("SignatureMethod")).get("Algorithm"), canonical(info, form))
    signature.find(ds("SignatureValue")).text = b64encode(value).decode()
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def forged(party: Party, data: bytes, forge: Forge, identifier: str = "sig") -> bytes:
    root = etree.fromstring(data)
    forge(root)
    return resigned(root, party, identifier)


def canonical(element: etree._Element, form: str) -> bytes:
    """A canonical form, with the namespaces that are in scope."""
    comments = form.endswith("WithComments")
    return etree.tostring(_again(element), method="c14n", exclusive=form.startswith(EXC_C14N), with_comments=comments)


def sign(party: Party, method: str, data: bytes) -> bytes:
    """A signature as XMLDSig carries it, by the method's name."""
    algorithm = {"1": hashes.SHA1, "384": hashes.SHA384, "512": hashes.SHA512}.get(  # noqa: S303 - old forms
        "".join(char for char in method.rpartition("sha")[2] if char.isdigit())[:3], hashes.SHA256
    )()
    if isinstance(party.key, rsa.RSAPrivateKey):
        scheme = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size) if "MGF1" in method else padding.PKCS1v15()
        return party.key.sign(data, scheme, algorithm)
    r, s = decode_dss_signature(party.key.sign(data, ec.ECDSA(algorithm)))
    half = (party.key.key_size + 7) // 8
    return r.to_bytes(half, "big") + s.to_bytes(half, "big")


def time_object(identifier: str = "SigningTime", moment: str = "2026-03-02T08:00:00", target: str = "#sig") -> str:
    """The signing time as invoice programs write it: in the namespace of XMLDSig, without a zone."""
    return (
        f'<Object Id="{identifier}"><SignatureProperties><SignatureProperty Target="{target}">'
        f"<SigningTime>{moment}</SigningTime></SignatureProperty></SignatureProperties></Object>"
    )


TIME = Ref("#SigningTime", ())


def xades_object(signed: str, unsigned: str = "", target: str = "#sig", data_objects: str = "") -> str:
    """An Object with XAdES properties: the content of SignedSignatureProperties, what stands unsigned behind them, and
    SignedDataObjectProperties."""
    return (
        f'<Object><q:QualifyingProperties xmlns:q="{XADES}" Target="{target}"><q:SignedProperties Id="props">'
        f"<q:SignedSignatureProperties>{signed}</q:SignedSignatureProperties>{data_objects}</q:SignedProperties>"
        f"{unsigned}</q:QualifyingProperties></Object>"
    )


def issuer_serial(certificate: asn1_x509.Certificate, serial: int) -> bytes:
    """An IssuerSerial of RFC 5035, DER."""
    issuer = asn1_x509.GeneralName("directory_name", certificate.issuer)
    return tsp.IssuerSerial({"issuer": [issuer], "serial_number": serial}).dump()


PROPERTIES = Ref("#props", (EXC_C14N,), type=PROPERTIES_TYPE)


def xades_time(moment: str = "2026-03-02T08:00:00+07:00") -> str:
    return f"<q:SigningTime>{moment}</q:SigningTime>"


def xades_certificate(der: bytes, digest: str = SHA256, *, name: str = "SigningCertificateV2", more: str = "") -> str:
    value = b64(new_hash(HASHES[digest], der).digest())
    return (
        f'<q:{name}><q:Cert><q:CertDigest><DigestMethod Algorithm="{digest}"/><DigestValue>{value}</DigestValue>'
        f"</q:CertDigest>{more}</q:Cert></q:{name}>"
    )


def invoice(seller: Party, office: Party | None = None, form: Form | None = None) -> bytes:
    """An invoice with the seller's signature and, after it, the tax office's over the same data and its own code."""
    form = form or Form((DATA, TIME), objects=time_object(target="#NBan"), identifier="NBan")
    data = signed(seller, form, INVOICE, SELLER)
    if office is None:
        return data
    refs = (replace(DATA, transforms=()), Ref("#OfficeTime", ()), Ref("#code", ()))
    objects = time_object("OfficeTime", target="signatureProperties")
    return signed(office, Form(refs, objects=objects, identifier="Tct"), data, OFFICE)


def known(data: bytes, place: str | None = PLACE, part: str | None = None) -> VerifiedSignature:
    return check_known_signature(data, place=place, part=part)


def refused(data: bytes, place: str | None = PLACE, part: str | None = None) -> Refusal:
    with pytest.raises(SignatureRefused) as caught:
        known(data, place, part)
    assert caught.value.detail
    return caught.value.refusal


def find(root: etree._Element, tag: str) -> etree._Element:
    return next(root.iter(ds(tag)))


def _signature(root: etree._Element, identifier: str) -> etree._Element:
    return next(one for one in root.iter(ds("Signature")) if one.get("Id") == identifier)


def _take_out(element: etree._Element) -> None:
    """Remove an element and keep the text behind it, which lxml takes for a part of it."""
    before, parent = element.getprevious(), element.getparent()
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


def _again(element: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(element, with_tail=False))


C14N = {"exclusive": EXC_C14N, "inclusive 1.0": C14N_10, "inclusive 1.1": C14N_11}
