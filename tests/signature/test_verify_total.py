"""Whatever a library does with a stranger's document, there is an answer, wherever the verifier is entered."""

from __future__ import annotations

import pytest

from chukyso.signature import candidates, cms_verify, known, path, verify
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.trust import check_owner
from support.signature import NOW, Pki
from support.verify import CONTENT, signed_cms, verdict


class UnforeseenError(Exception):
    """What nobody thought of."""


def fail(*_arguments: object, **_options: object) -> None:
    raise UnforeseenError("what nobody thought of")


@pytest.mark.parametrize(
    ("module", "name"),
    [(verify, "parse"), (known, "parse"), (cms_verify, "_read"), (path, "parse"), (candidates, "issued_by")],
    ids=["the portal and the agent", "the verdict on XML", "CMS", "a certificate", "a path"],
)
def test_what_nobody_foresaw_is_an_answer(pki: Pki, monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> None:
    document, message = pki.signed(), signed_cms(pki)
    monkeypatch.setattr(module, name, fail)
    with pytest.raises(SignatureRefused) as caught:
        verify.check_signature(document)
        path.find_path(pki.leaf.der, pki.chain, pki.trust.roots, at=NOW, revocation=None)
        cms_verify.check_cms_signature(message, CONTENT)
        known.check_known_signature(document)
    assert caught.value.refusal in {Refusal.SIG_UNREADABLE, Refusal.CERT_UNREADABLE}
    for found in (verdict(pki, document), verdict(pki, message, content=CONTENT)):
        codes = [reason.code for reason in found.reasons]
        assert found.passed != bool(codes)
    assert check_owner(pki.leaf.ours)
