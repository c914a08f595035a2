"""Forgeries of a signed document, and how the verifier refuses them.

Forgeries are signed again with the right key wherever a mere digest error would refuse them too: what is tested is the
rule, not the mathematics.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import pytest
from lxml import etree

from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.verify import check_signature
from support.signature import Party, Pki, find, parse, resign

Forge = Callable[[etree._Element], None]


@pytest.fixture(scope="module")
def signed(pki: Pki) -> bytes:
    return pki.signed()


def refused(data: bytes, **options: object) -> Refusal:
    with pytest.raises(SignatureRefused) as caught:
        check_signature(data, **options)
    assert caught.value.detail
    assert caught.value.message.endswith(".")
    return caught.value.refusal


def forged(pki: Pki, signed: bytes, forge: Forge, party: Party | None = None) -> bytes:
    root = parse(signed)
    forge(root)
    return resign(root, party or pki.leaf)


def algorithm(element: str, value: str) -> Forge:
    return lambda root: find(root, element).set("Algorithm", value)


def b64(der: bytes) -> str:
    return b64encode(der).decode()
