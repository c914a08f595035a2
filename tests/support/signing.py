"""OpenSSL and xmlsec1 as second opinions, over files in a directory of the test."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True)
class SecondOpinion:
    """Other implementations' verdicts. Skips the test where they are not installed.

    Attributes:
        directory: Where the files for them go.
    """

    directory: Path

    def raw(self, certificate: x509.Certificate, data: bytes, signature: bytes, *options: str) -> bool:
        """``openssl dgst -verify``: a signature over data, for EC in DER; the first option is the hash."""
        hash_name, *pss = options or ("sha256",)
        settings = [part for option in pss for part in ("-sigopt", option)]
        return self._run(
            "openssl",
            *("dgst", f"-{hash_name}", *settings),
            *("-verify", self._public(certificate), "-signature", self._file("signature", signature)),
            self._file("data", data),
        )

    def cms(self, root: bytes, data: bytes, der: bytes) -> bool:
        """``openssl cms -verify`` of a detached signature, with nothing but the root (PEM) trusted."""
        return self._run(
            "openssl",
            *("cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-cades", "-out", self._path("out")),
            *("-content", self._file("data", data), "-in", self._file("cms", der), "-CAfile", self._file("root", root)),
        )

    def xml(self, root: bytes, document: bytes, issuer: bytes = b"") -> bool:
        """``xmlsec1 --verify``, with nothing but the root (PEM) trusted; ``issuer`` (PEM) if not in the document."""
        chain = ("--untrusted-pem", self._file("issuer", issuer)) if issuer else ()
        return self._run(
            "xmlsec1",
            *("--verify", "--enabled-key-data", "x509"),
            *chain,
            *("--trusted-pem", self._file("root", root), self._file("document", document)),
        )

    def _run(self, program: str, *arguments: str) -> bool:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
        done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False)
        said = done.stdout + done.stderr
        assert "sage:" not in said, said  # it did not understand the question
        return done.returncode == 0

    def _public(self, certificate: x509.Certificate) -> str:
        key = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return self._file("public", key)

    def _file(self, name: str, content: bytes) -> str:
        path = self._path(name)
        Path(path).write_bytes(content)
        return path

    def _path(self, name: str) -> str:
        return str(self.directory / name)


@pytest.fixture
def second_opinion(tmp_path: Path) -> SecondOpinion:
    return SecondOpinion(tmp_path)
