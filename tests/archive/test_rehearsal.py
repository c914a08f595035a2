"""A rehearsal that is passed off as real: what the evidence says of it in one place, another one contradicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from chukyso.archive.examine_rehearsal import SANDBOX_NAME
from chukyso.archive.sealing import seal_later
from chukyso.errors import ChukysoError, Code
from chukyso.report.words import REHEARSAL_BANNER
from chukyso.sandbox.client import Sandbox
from chukyso.seal.key import open_worker
from support.archive import forge
from support.basis import (
    CHANGED,
    PDF,
    PORTAL,
    ROOT,
    UNPROVEN,
    Sealer,
    away,
    edit_report,
    edit_run,
    real_run,
    rehearsal,
    relist,
    told,
)
from support.evidence import manifest
from support.seal import find_key, seal_options


def forge_alone(run: Path) -> Path:
    """Without a chain, of which the name would give it away as well."""
    forge(run, chain=None)
    return run


CONTRADICTIONS = {
    "the sandbox's root": lambda run: (run / ROOT).write_bytes(b"-----BEGIN CERTIFICATE-----\n"),
    "the sandbox's profile": lambda run: edit_run(forge_alone(run), profile="sandbox"),
    "the banner": lambda run: edit_report(run, "<body>", f"<body>{REHEARSAL_BANNER}"),
    "the chain": lambda run: forge(run, chain={**manifest(run)["chain"], "id": "rehearsal-0123456789ab"}),
    "another profile's chain": lambda run: edit_run(run, profile="other"),
}


class TestRehearsalOrReal:
    """What the evidence says of it in one place, another one contradicts."""

    @pytest.mark.parametrize("what", CONTRADICTIONS)
    def test_a_real_run_with_something_of_the_sandbox(self, tmp_path: Path, what: str) -> None:
        run = real_run(tmp_path / "run")
        CONTRADICTIONS[what](run)
        relist(run)
        with away(tmp_path):
            found = told(run)
        assert (found.code, found.codes) == (CHANGED, {"REHEARSAL_DENIED"})

    def test_a_real_run_that_the_sandbox_sealed(self, tmp_path: Path, sandbox_sealer: Sealer) -> None:
        run = real_run(tmp_path / "run", sandbox_sealer)
        for target in (run, run / PDF):
            found = told(target, trust=sandbox_sealer.root)
            assert (found.code, found.codes) == (CHANGED, {"REHEARSAL_DENIED"})

    def test_a_real_run_on_this_machine(self, tmp_path: Path) -> None:
        run = real_run(tmp_path / "run")
        edit_report(run, PORTAL, "http://localhost:8080/")
        edit_run(run, portal="http://localhost:8080/")
        with away(tmp_path):
            found = told(run)
        assert (found.code, found.codes) == (UNPROVEN, {"NOT_VOUCHED_FOR", "PORTAL_ON_THIS_MACHINE"})

    @pytest.mark.parametrize("portal", ["https://[", "http://[::1", "", "x"])
    def test_a_portal_that_is_no_address(self, tmp_path: Path, portal: str) -> None:
        run = real_run(tmp_path / "run")
        edit_run(run, portal=portal)
        assert told(run).code == CHANGED

    def test_a_report_that_names_another_portal(self, tmp_path: Path) -> None:
        run = real_run(tmp_path / "run")
        edit_run(run, portal="https://other.example/")
        with away(tmp_path):
            assert told(run).codes == {"FACTS_DIFFER"}

    def test_a_rehearsal_that_ended_before_it_was_noted(self, tmp_path: Path, sandbox_sealer: Sealer) -> None:
        """Runs of earlier versions noted it late; they are rehearsals, and no forgeries."""
        run = rehearsal(tmp_path / "run", sandbox_sealer, sealed=False)
        edit_run(run, rehearsal=False, profile="", portal="")
        edit_report(run, REHEARSAL_BANNER, "<p>")
        forge(run, chain=None)
        found = told(run)
        assert (found.run["rehearsal"], found.codes) == (True, {"NOT_VOUCHED_FOR"})

    def test_a_manifest_that_does_not_say(self, tmp_path: Path) -> None:
        run = real_run(tmp_path / "run")
        edit_run(run, rehearsal="no")
        assert "MANIFEST_MALFORMED" in told(run).codes

    def test_the_sandbox_bears_its_name_in_every_certificate(self, sandbox: Sandbox) -> None:
        options = seal_options(sandbox.details)

        with open_worker(options) as worker:
            key = find_key(worker, options)
        assert key.certificate.issuer.lower().startswith(SANDBOX_NAME)


class TestSealingLater:
    """``chukyso evidence seal`` makes nothing believable that was not."""

    @pytest.mark.parametrize("what", [*CONTRADICTIONS, "the manifest", "an added file"])
    def test_what_speaks_against_itself_is_not_sealed(self, tmp_path: Path, company: Sealer, what: str) -> None:
        run = real_run(tmp_path / "run")
        if what == "the manifest":
            forge(run, host=manifest(run)["host"] | {"system": "x"})
        elif what == "an added file":
            (run / "evidence/extra").touch()
        else:
            CONTRADICTIONS[what](run)
            relist(run)
        with pytest.raises(ChukysoError) as caught:
            seal_later(run, company.order)
        assert caught.value.code is Code.SEAL_REFUSED
        assert not (run / PDF).exists()
        assert not (run / "evidence/supplements").exists()
