"""A small PDF, sealed in the sandbox, and what is needed to judge it when the sandbox is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.details import SandboxDetails
from chukyso.seal.key import EvidenceKey, choose_key, open_worker, validate_key
from chukyso.seal.options import SealOptions, SealOrder
from chukyso.seal.seal import Sealed, add_stamp, seal_pdf
from chukyso.token.client import TokenWorker
from chukyso.typeset.document import FileInside, Job, Properties, typeset

NOWHERE = "http://127.0.0.1:9/"  # "discard": nobody answers there
PROPERTIES = Properties("Biên bản thử", "CÔNG TY THỬ (HƯ CẤU)", "Chủ đề", ("chữ ký số",))
INSIDE: Mapping[str, bytes] = {"manifest.json": b'{"a": "Hu\xe1\xba\xbf"}\n' * 40, "journal.jsonl": b"{}\n"}


@dataclass(frozen=True)
class SealedPdfs:
    """PDFs that were sealed while the sandbox ran.

    Attributes:
        stamped: With a time stamp.
        plain: Without: nobody answered.
        later: That one, stamped later.
        problem: Code of why ``plain`` has no time stamp.
        root: The sandbox's root, PEM.
    """

    stamped: bytes
    plain: bytes
    later: bytes
    problem: str
    root: Path


def small_pdf(files: Mapping[str, bytes] | None = None) -> bytes:
    """A guide without figures, with these files attached."""
    content = {"running": "", "kind": "", "banner": None, "note": "", "steps": [], "closing": "", "origin": []}
    attached = [FileInside(name, data, "application/json", "Data", "Thử") for name, data in (files or {}).items()]
    return typeset(Job("guide", content, PROPERTIES, datetime.now(UTC), files=attached))


def seal_options(details: SandboxDetails, **changes: object) -> SealOptions:
    """Options for the sandbox's evidence key."""
    options = SealOptions(
        module=str(details.token_module),
        token_serial=details.seal_token_serial,
        environment=details.seal_environment,
        tsa_url=details.tsa_url,
        roots=str(details.root_certificate),
        rehearsal=True,
    )
    return replace(options, **changes)  # type: ignore[arg-type]


def seal_order(details: SandboxDetails, **changes: object) -> SealOrder:
    return SealOrder(seal_options(details, **changes), lambda: details.seal_pin_file.read_text(encoding="utf-8"))


def find_key(worker: TokenWorker, options: SealOptions) -> EvidenceKey:
    """The certificate that seals, chosen and validated now."""
    now = datetime.now(UTC)
    return validate_key(choose_key(worker, options, now), options, now)


def seal_small(details: SandboxDetails, **changes: object) -> Sealed:
    """Seal the small PDF."""
    order = seal_order(details, **changes)
    with open_worker(order.options) as worker:
        key = find_key(worker, order.options)
        return seal_pdf(small_pdf(INSIDE), key, order)


@pytest.fixture(scope="session")
def sealed_pdfs(tmp_path_factory: pytest.TempPathFactory) -> SealedPdfs:
    """Sealed PDFs of a sandbox that is gone."""
    root = tmp_path_factory.mktemp("seal") / "root.pem"
    with Sandbox() as sandbox:
        details = sandbox.details
        root.write_bytes(details.root_certificate.read_bytes())
        stamped = seal_small(details)
        plain = seal_small(details, tsa_url=NOWHERE)
        later = add_stamp(plain.data, seal_options(details))
    assert plain.problem is not None
    return SealedPdfs(stamped.data, plain.data, later, plain.problem.code.name, root)
