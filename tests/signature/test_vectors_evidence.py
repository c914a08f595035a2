"""Odd certificates, lists and answers in evidence: beside the submission, and in the sealed report's security store."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from chukyso.archive.verify import verify_directory
from chukyso.seal.check import SealFacts, inspect_seal
from chukyso.signature.presign import read_trust
from chukyso.signature.trust import TrustStore
from support.archive import codes, make_run
from support.seal import INSIDE, SealedPdfs
from support.stranger import Office, pem
from support.vectors import answers, certificates, lists, of_the_collection

pytestmark = [
    pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Attribute's length"),
]


def by_readability() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Certificates that a file may hold, and those that make a file of certificates unreadable."""
    readable, unreadable = {}, {}
    for name, der in of_the_collection(certificates()).items():
        with suppress(ValueError):
            readable[name] = TrustStore.from_pem(pem([der])).roots[0]
        if name not in readable:
            unreadable[name] = der
    return readable, unreadable


def judged(directory: Path, helpers: bytes, kept: Mapping[str, bytes]) -> set[str]:
    """What is found in a finished run that kept these."""
    place = directory / "run" / "evidence" / "validation"
    place.mkdir(parents=True)
    (place / "path.pem").write_bytes(helpers)
    for name, der in kept.items():
        (place / name).write_bytes(der)
    root = directory / "root.pem"
    root.write_bytes(Office().root.pem)
    report = verify_directory(make_run(directory / "run"), trust=[root], jobs=1)
    (run,) = report.runs
    assert run.signature or "FACTS_DIFFER" in codes(report), "the submission was not looked at"
    return codes(report)


def test_certificates_beside_the_submission(tmp_path: Path) -> None:
    readable, unreadable = by_readability()
    without = judged(tmp_path / "without", b"", {})
    assert "FACTS_DIFFER" not in without
    assert judged(tmp_path / "all", pem(readable.values()), {}) == without
    for number, der in enumerate(unreadable.values()):
        assert judged(tmp_path / str(number), pem([der]), {}) == {"FACTS_DIFFER"}


def test_answers_beside_the_submission(tmp_path: Path) -> None:
    without = judged(tmp_path / "without", b"", {})
    for kind, vectors in (("crl", of_the_collection(lists())), ("ocsp", answers())):
        kept = {f"{kind}-{number}.der": der for number, der in enumerate(vectors.values(), 1)}
        assert judged(tmp_path / kind, b"", kept) == without


def stored(pdf: bytes, kind: str, ders: tuple[bytes, ...]) -> bytes:
    """A sealed PDF to whose document security store somebody added something."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    store = writer.root["/DSS"]
    listed = store[kind] if kind in store else generic.ArrayObject()
    listed.extend(writer.add_object(generic.StreamObject(stream_data=der)) for der in ders)
    store[generic.NameObject(kind)] = listed
    writer.update_container(listed)
    writer.update_container(store)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "vectors"),
    [("/Certs", certificates), ("/CRLs", lists), ("/OCSPs", answers)],
    ids=["certs", "crls", "ocsps"],
)
def test_security_store_of_the_report(
    sealed_pdfs: SealedPdfs, kind: str, vectors: Callable[[], dict[str, bytes]]
) -> None:
    """Facts come back whatever was added, never an error; and without anything odd nothing is wrong."""
    trust = read_trust(sealed_pdfs.root)

    def look(ders: tuple[bytes, ...]) -> SealFacts:
        return inspect_seal(stored(sealed_pdfs.stamped, kind, ders), trust, INSIDE)

    assert look(()).holds
    odd = tuple(of_the_collection(vectors()).values())
    facts = [look(odd[start : start + 8]) for start in range(0, len(odd), 8)]
    assert all(one.signer for one in facts if one.intact)
