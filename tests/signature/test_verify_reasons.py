"""The true reason: what is legitimate and not supported is said to be just that, not weak, malformed or forged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from chukyso.signature.forms import C14N_10, SHA1
from chukyso.signature.indications import SubIndication
from chukyso.signature.profile import DS, ENVELOPED, EXC_C14N, ds
from chukyso.signature.refusal import Refusal
from support.forms import (
    DOCUMENT,
    PLACE,
    PROPERTIES,
    SELLER,
    WHOLE,
    Form,
    Ref,
    forged,
    invoice,
    signed,
    xades_object,
    xades_time,
)
from support.signature import Pki, find, parse
from support.verify import CONTENT, signed_cms, verdict

pytestmark = pytest.mark.usefixtures("good_answers")

MORE, MORE_07 = "http://www.w3.org/2001/04/xmldsig-more#", "http://www.w3.org/2007/05/xmldsig-more#"
C14N = EXC_C14N
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"

# Forms of XMLDSig and its relatives that conform to their standards, and the word by which the detail names each.
UNSUPPORTED: dict[str, tuple[Form, str]] = {
    "signed with comments": (Form(c14n=f"{C14N}WithComments"), "WithComments"),
    "transform with comments": (Form((Ref(transforms=(ENVELOPED, f"{C14N_10}#WithComments")),)), "WithComments"),
    "XPath": (Form((Ref(transforms=(ENVELOPED, XPATH)),)), "REC-xpath"),
    "XPath Filter 2": (Form((Ref(transforms=("http://www.w3.org/2002/06/xmldsig-filter2",)),)), "filter2"),
    "base64": (Form((Ref(transforms=(f"{DS}base64",)),)), "base64"),
    "two canonical forms": (Form((Ref(transforms=(ENVELOPED, C14N, C14N_10)),)), "in a row"),
    "SHA-3 as digest": (Form((replace(WHOLE, digest=f"{MORE_07}sha3-256"),)), "sha3-256"),
    "SHA-3 in the signature": (Form(method=f"{MORE_07}sha3-256-rsa-MGF1"), "sha3-256-rsa"),
    "PSS with parameters": (Form(method=f"{MORE_07}rsa-pss"), "rsa-pss"),
    "HMAC": (Form(method=f"{MORE}hmac-sha256"), "hmac-sha256"),
    "DSA": (Form(method="http://www.w3.org/2009/xmldsig11#dsa-sha256"), "dsa-sha256"),
    "an algorithm of tomorrow": (Form(method="urn:example:ml-dsa"), "ml-dsa"),
    "XPointer": (Form((Ref("#xpointer(/)"),)), "xpointer"),
    "manifest": (Form((Ref(type=f"{DS}Manifest"),)), "Manifest"),
    "enveloping": (Form((Ref("#data", ()),), objects='<Object Id="data"><A/></Object>'), "Object"),
    "many references": (Form((WHOLE,) * 11), "11 References"),
    "XAdES of an older version": (
        Form(
            (WHOLE, PROPERTIES),
            objects=xades_object(xades_time()).replace("v1.3.2", "v1.1.1"),
        ),
        "another version",
    ),
    "XAdES property that nobody knows": (
        Form((WHOLE, PROPERTIES), objects=xades_object(f"{xades_time()}<x/>")),
        "signed XAdES properties",
    ),
    "KeyName": (Form(key_info="<KeyName>x</KeyName><X509Data/>"), "KeyName"),
    "two X509Data": (Form(key_info="<X509Data/><X509Data/>"), "X509Data"),
    "PGP": (Form(key_info="<X509Data/><PGPData/>"), "PGPData"),
}


@pytest.mark.parametrize("label", list(UNSUPPORTED))
def test_what_is_not_supported(pki: Pki, label: str) -> None:
    form, word = UNSUPPORTED[label]
    data = signed(pki.leaf, form)
    found = verdict(pki, data, place=PLACE)
    assert (found.name, found.reasons[0].code) == (
        "INDETERMINATE/SIG_CONSTRAINTS_FAILURE",
        Refusal.SIG_UNSUPPORTED,
    ), found.reasons[0].detail
    assert word in found.reasons[0].detail
    assert found.certificate is None


def test_parameters_and_other_places(pki: Pki) -> None:
    def inclusive_namespaces(root: etree._Element) -> None:
        step = list(root.iter(ds("Transform")))[1]
        step.append(parse(f'<i:InclusiveNamespaces xmlns:i="{C14N}" PrefixList="a"/>'.encode()))

    exclusive = Form((Ref(transforms=(ENVELOPED, C14N)),))
    assert reason(pki, forged(pki.leaf, signed(pki.leaf, exclusive), inclusive_namespaces)) is Refusal.SIG_UNSUPPORTED
    language = DOCUMENT.replace(b"<ToKhai>", b'<ToKhai xml:lang="vi">')
    assert reason(pki, signed(pki.leaf, Form(), language)) is Refusal.SIG_UNSUPPORTED, "C14N 1.0 and 1.1 differ in it"
    assert verdict(pki, signed(pki.leaf, Form((WHOLE,), c14n=C14N, chain=pki.chain), language), place=PLACE).passed
    enveloping = find(parse(signed(pki.leaf, Form())), "Signature")
    assert reason(pki, etree.tostring(enveloping)) is Refusal.SIG_UNSUPPORTED


def reason(pki: Pki, data: bytes, **options: object) -> Refusal:
    return verdict(pki, data, **{"place": PLACE, **options}).reasons[0].code


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (Form(method=f"{DS}rsa-sha1"), Refusal.SIG_ALGORITHM),
        (Form(method=f"{MORE}rsa-md5"), Refusal.SIG_ALGORITHM),
        (Form(method=f"{MORE}rsa-sha224"), Refusal.SIG_ALGORITHM),
        (Form(method=f"{MORE}rsa-ripemd160"), Refusal.SIG_ALGORITHM),
        (Form(method=f"{MORE_07}sha1-rsa-MGF1"), Refusal.SIG_ALGORITHM),
        (Form(method=f"{DS}hmac-sha1"), Refusal.SIG_ALGORITHM),
        (Form((replace(WHOLE, digest=SHA1),)), Refusal.SIG_ALGORITHM),
        (Form((replace(WHOLE, digest=f"{MORE}md5"),)), Refusal.SIG_ALGORITHM),
    ],
)
def test_what_is_too_weak_is_said_to_be(pki: Pki, form: Form, code: Refusal) -> None:
    found = verdict(pki, signed(pki.leaf, form), place=PLACE)
    assert found.reasons[0].code is code
    assert found.sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE


def test_names_that_only_look_weak(pki: Pki) -> None:
    """They are unknown, which says nothing of their strength."""
    for name in ("urn:example:sha1", f"{MORE}sha1", f"{DS}SHA1", ""):
        assert reason(pki, signed(pki.leaf, Form(method=name))) is Refusal.SIG_UNSUPPORTED


def test_method_of_another_kind_of_key(pki: Pki) -> None:
    """Not weak: no signature at all by this key."""
    data = signed(pki.leaf, Form(method=f"{MORE}ecdsa-sha256"))
    assert verdict(pki, data, place=PLACE).name == "TOTAL-FAILED/SIG_CRYPTO_FAILURE"


# -- encodings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32", "windows-1258", "iso-8859-1", "utf-7"])
def test_encodings_that_others_read(pki: Pki, encoding: str) -> None:
    text = signed(pki.leaf, Form()).decode().replace("UTF-8", encoding)
    found = verdict(pki, text.encode(encoding, "xmlcharrefreplace"), place=PLACE)
    if encoding == "utf-7":  # which no browser reads any more: plain bytes are the same in it
        assert "+" in text
    assert (found.name, found.reasons[0].code) == ("INDETERMINATE/SIG_CONSTRAINTS_FAILURE", Refusal.SIG_UNSUPPORTED)


@pytest.mark.parametrize("declared", ["UTF-16", "utf-16", None])
def test_utf_16_is_read(pki: Pki, declared: str | None) -> None:
    text = signed(pki.leaf, Form(chain=pki.chain)).decode()
    first, rest = text.split("?>", 1)
    assert first.endswith("encoding='UTF-8'")
    start = first.replace("UTF-8", declared) if declared else "<?xml version='1.0'"
    for codec in ("utf-16-le", "utf-16-be"):
        data = f"\ufeff{start}?>{rest}".encode(codec)
        assert verdict(pki, data, place=PLACE).passed
        assert verdict(pki, data.replace("Sen".encode(codec), "Sem".encode(codec)), place=PLACE).name == (
            "TOTAL-FAILED/HASH_FAILURE"
        )


def test_utf_16_that_can_be_read_in_two_ways(pki: Pki) -> None:
    text = signed(pki.leaf, Form()).decode()
    bodies = {
        "declares UTF-8": text,
        "declares another": text.replace("UTF-8", "windows-1258"),
        "two marks": "\ufeff" + text.replace("UTF-8", "UTF-16"),
        "half a character": text.replace("UTF-8", "UTF-16").replace("Sen", "S\ud800n"),
        "two declarations": text.replace("UTF-8", "UTF-16").replace("?>", "?><?xml version='1.0'?>", 1),
        "DTD": text.replace("UTF-8", "UTF-16").replace("?>", "?><!DOCTYPE ToKhai>", 1),
        "comment": text.replace("UTF-8", "UTF-16").replace("<MST>", "<MST><!-- -->"),
    }
    codes = {label: reason(pki, body.encode("utf-16", "surrogatepass")) for label, body in bodies.items()}
    expected = {**dict.fromkeys(bodies, Refusal.SIG_MALFORMED), "DTD": Refusal.SIG_DTD, "comment": Refusal.SIG_COMMENT}
    assert codes == expected
    odd = bodies["DTD"].replace("<!DOCTYPE ToKhai>", "").encode("utf-16")[:-1]
    assert reason(pki, odd) is Refusal.SIG_MALFORMED
    assert reason(pki, text.replace("UTF-8", "UTF-16").encode()) is Refusal.SIG_MALFORMED, "it is not"
    assert reason(pki, ("\ufeff" + "x" * (1 << 21)).encode("utf-16-le")) is Refusal.SIG_TOO_LARGE


# -- where to look ---------------------------------------------------------------------------------------------


def test_signatures_elsewhere_are_named(pki: Pki) -> None:
    found = verdict(pki, invoice(pki.leaf, pki.leaf))
    assert found.reasons[0].code is Refusal.SIG_WRAPPED
    assert found.reasons[0].advice == ("--place DSCKS/NBan", "--place DSCKS/CQT")
    at_root = verdict(pki, signed(pki.leaf, Form(), place=None))
    assert at_root.reasons[0].advice == ("--place .",)


def test_a_signature_over_a_part(pki: Pki) -> None:
    """An exit code of 0 never means less than what was asked for: the whole document, or the part that is named."""
    found = verdict(pki, invoice(pki.leaf), place=SELLER)
    assert (found.name, found.reasons[0].code) == ("INDETERMINATE/SIG_CONSTRAINTS_FAILURE", Refusal.SIG_REFERENCE)
    assert found.reasons[0].advice == ("--part DLHDon",)


# -- CMS ------------------------------------------------------------------------------------------------------


def test_ber(pki: Pki) -> None:
    der = signed_cms(pki)
    indefinite = b"\x30\x80" + der[4:] + b"\x00\x00"
    assert reason(pki, indefinite, content=CONTENT) is Refusal.SIG_UNSUPPORTED
