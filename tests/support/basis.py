"""Evidence with and without what vouches for it: registers, seals by a company's own key, and forgeries of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chukyso.archive.sealing import seal_later, seal_report
from chukyso.cli import app
from chukyso.cli.evidence_verify import harmless
from chukyso.errors import Outcome
from chukyso.evidence.manifest import describe_file, evidence_files, to_json
from chukyso.seal.options import SealOptions, SealOrder
from chukyso.signature.trust import RevocationMode
from chukyso.state import VARIABLE
from support.archive import forge, make_run
from support.evidence import manifest
from support.signature import SIGNING_USAGE, issue, key_usage, name
from support.token import PIN, Entry, rsa_key, softhsm_token

PROVEN, CHANGED, NO_EVIDENCE, UNPROVEN = 0, 1, 2, 3
COMPANY = "CÔNG TY NIÊM PHONG THỬ"
PORTAL = "https://cong.example/"
ROOT = "evidence/sandbox-root.pem"
PDF = "evidence/report.pdf"


@dataclass(frozen=True)
class Sealer:
    """Somebody with an evidence key on a token.

    Attributes:
        root: PEM file with the root of whoever issued its certificate.
        options: What seals with it.
    """

    root: Path
    options: SealOptions

    @property
    def order(self) -> SealOrder:
        return SealOrder(self.options, lambda: PIN)


def make_sealer(directory: Path, number: int, authority: str = "Tổ chức gốc thử", owner: str = COMPANY) -> Sealer:
    """A sealer with an authority of its own; two with the same names differ by their keys.

    Args:
        directory: Where token and root go.
        number: Which keys.
        authority: Common name of the authority.
        owner: Common name of the sealer.
    """
    hsm = softhsm_token(directory)
    root = issue(name(authority), rsa_key(number), ca=True, usage=key_usage(key_cert_sign=True, crl_sign=True))
    leaf = issue(name(owner), rsa_key(number + 1), root, usage=SIGNING_USAGE)
    assert isinstance(leaf.key, type(rsa_key()))
    serial = hsm.add_token(entries=[Entry(leaf.certificate, leaf.key, b"\1")])
    pem = directory / "root.pem"
    pem.write_bytes(root.pem)
    options = SealOptions(
        module=str(hsm.module),
        token_serial=serial,
        environment=hsm.environment,
        roots=str(pem),
        revocation=RevocationMode.OFF,
    )
    return Sealer(pem, options)


def real_run(output: Path, sealer: Sealer | None = None, *, minutes: float = 0, announced: bool = True) -> Path:
    """A run on a real portal that had nothing to do.

    Args:
        output: Its output directory.
        sealer: Who seals it at its end; nobody by default.
        minutes: How long ago it ended.
        announced: Whether its manifest says that it is sealed.
    """
    ended = datetime.now(UTC) - timedelta(minutes=minutes)
    make_run(
        output,
        Outcome.ALREADY_REGISTERED,
        rehearsal=False,
        profile="bhxh",
        portal=PORTAL,
        sealed=bool(sealer and announced),
        started=ended - timedelta(seconds=15),
        ended=ended,
    )
    if sealer:
        (seal_report if announced else seal_later)(output, sealer.order)
    return output


def rehearsal(output: Path, sealer: Sealer, *, sealed: bool = True) -> Path:
    """A rehearsal with the sandbox's root beside it, sealed by the sandbox's key."""
    (output / "evidence").mkdir(parents=True)
    shutil.copy(sealer.root, output / ROOT)
    ended = datetime.now(UTC)
    make_run(output, Outcome.DRY_RUN, sealed=sealed, started=ended - timedelta(seconds=15), ended=ended)
    if sealed:
        seal_report(output, sealer.order)
    return output


def reseal(run: Path, sealer: Sealer) -> None:
    """Seal with our own command's function what is there now, as a forger does."""
    (run / PDF).unlink(missing_ok=True)
    seal_report(run, sealer.order)


def relist(run: Path, **changes: Any) -> None:
    """Rewrite a manifest so that it fits the files beside it, as a forger does."""
    forge(run, **changes, files=[to_json(describe_file(run, path)) for path in evidence_files(run)])


def edit_report(run: Path, old: str, new: str) -> None:
    """Change the report and rewrite the manifest."""
    path = run / "evidence/report.html"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    relist(run)


def edit_run(run: Path, **changes: Any) -> None:
    """Change what a manifest says of its run."""
    forge(run, run=manifest(run)["run"] | changes)


@contextmanager
def away(directory: Path) -> Iterator[None]:
    """On another machine, which has no register of these runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(directory / "elsewhere"))
        yield


@dataclass(frozen=True)
class Told:
    """What the command said.

    Attributes:
        code: Exit code.
        first: The first line, for people.
        document: What ``--json`` says.
        text: All that it says to people.
    """

    code: int
    first: str
    document: dict[str, Any]
    text: str

    @property
    def verdict(self) -> str:
        return str(self.document["verdict"])

    @property
    def codes(self) -> set[str]:
        """Findings that decide."""
        return {one["code"] for one in self.document["findings"] if one["level"] not in {"note", "warning"}}

    @property
    def run(self) -> dict[str, Any]:
        """The only run."""
        (run,) = self.document["runs"]
        return dict(run)


def told(target: Path, *arguments: str, trust: Path | None = None) -> Told:
    """Verify twice: for people and as JSON, which must agree."""
    command = ["evidence", "verify", str(target), *arguments, *(["--trust", str(trust)] if trust else [])]
    text = CliRunner().invoke(app, command)
    data = CliRunner().invoke(app, [*command, "--json"])
    assert text.exit_code == data.exit_code, text.output + data.output
    document = json.loads(data.stdout)
    first = text.output.partition("\n")[0]
    assert harmless(document["headline"]["vi"]) == first
    return Told(text.exit_code, first, document, text.output)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Sealer:
    """The company's own evidence key; its root is the one to believe."""
    return make_sealer(tmp_path_factory.mktemp("company"), 10)


@pytest.fixture(scope="module")
def forger(tmp_path_factory: pytest.TempPathFactory) -> Sealer:
    """Somebody with an authority of his own that has the very same names."""
    return make_sealer(tmp_path_factory.mktemp("forger"), 20)


@pytest.fixture(scope="module")
def sandbox_sealer(tmp_path_factory: pytest.TempPathFactory) -> Sealer:
    return make_sealer(tmp_path_factory.mktemp("sandbox"), 30, "Sandbox-CA G1", "NIÊM PHONG – DIỄN TẬP (HƯ CẤU)")
