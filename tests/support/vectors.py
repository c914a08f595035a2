"""Odd certificates, lists and answers, as the authors of ``cryptography`` collected them, PKITS among them."""

from __future__ import annotations

import re
from base64 import b64decode
from functools import cache
from pathlib import Path

import cryptography_vectors

X509 = Path(cryptography_vectors.__file__).parent / "x509"
_BLOCK = re.compile(rb"-----BEGIN (?:X509 CRL|(?:TRUSTED )?CERTIFICATE)-----(.*?)-----END", re.DOTALL)
_HEADER = re.compile(rb"^.*:.*$", re.MULTILINE)  # of an encrypted or otherwise annotated block
_LIST = re.compile(r"(?:^|[_/])crl_|_crl\.|\.crl$")


@cache
def certificates() -> dict[str, bytes]:
    """By file, what is or should be a certificate in DER."""
    return {name: der for name, der in _files().items() if not _LIST.search(name) and not name.startswith("ocsp/")}


@cache
def lists() -> dict[str, bytes]:
    """By file, what is or should be a CRL in DER."""
    return {name: der for name, der in _files().items() if _LIST.search(name)}


@cache
def answers() -> dict[str, bytes]:
    """By file, what is or should be an OCSP answer in DER; questions too, which are none."""
    return {name: der for name, der in _files().items() if name.startswith("ocsp/")}


def of_the_collection(vectors: dict[str, bytes]) -> dict[str, bytes]:
    """Without PKITS, whose hundreds of files are odd in few ways."""
    return {name: der for name, der in vectors.items() if not name.startswith("PKITS_data/")}


@cache
def _files() -> dict[str, bytes]:
    found = {}
    for path in sorted(X509.rglob("*")):
        name = path.relative_to(X509).as_posix()
        if path.suffix in {".der", ".crt", ".crl"} and "requests" not in path.parts:
            found[name] = path.read_bytes()
        elif path.suffix == ".pem" and "requests" not in path.parts:
            blocks = _BLOCK.findall(path.read_bytes())
            found |= {f"{name}#{number}": _decoded(block) for number, block in enumerate(blocks, 1)}
    return found


def _decoded(block: bytes) -> bytes:
    text = re.sub(rb"[^A-Za-z0-9+/]", b"", _HEADER.sub(b"", block))
    return b64decode(text + b"=" * (-len(text) % 4))
