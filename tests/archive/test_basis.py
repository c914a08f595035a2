"""`chukyso evidence verify` says what its verdict rests on: evidence that agrees with itself may have been forged."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chukyso.archive.supplement import add_supplement
from chukyso.evidence.journal import Entry
from chukyso.report.words import REHEARSAL_BANNER
from chukyso.seal.key import open_worker
from chukyso.seal.seal import seal_pdf
from chukyso.state import state_directory
from support.archive import forge, hash_of
from support.basis import (
    CHANGED,
    COMPANY,
    NO_EVIDENCE,
    PDF,
    PORTAL,
    PROVEN,
    ROOT,
    UNPROVEN,
    Sealer,
    away,
    edit_report,
    edit_run,
    make_sealer,
    real_run,
    rehearsal,
    relist,
    reseal,
    told,
)
from support.evidence import manifest
from support.seal import find_key, small_pdf


class TestWhatItRestsOn:
    """Honest evidence, with and without what vouches for it."""

    def test_the_register_alone(self, tmp_path: Path) -> None:
        found = told(real_run(tmp_path / "run"))
        assert (found.code, found.verdict) == (PROVEN, "intact")
        assert found.first == "NGUYÊN VẸN: khớp với sổ của máy này"
        assert (found.run["rests_on"], found.run["rehearsal"]) == (["register"], False)

    def test_nothing(self, tmp_path: Path) -> None:
        run = real_run(tmp_path / "run")
        with away(tmp_path):
            found = told(run)
        assert (found.code, found.verdict, found.codes) == (UNPROVEN, "intact-unproven", {"NOT_VOUCHED_FOR"})
        assert found.first.startswith("KHÔNG THẤY THAY ĐỔI, NHƯNG CHƯA CHỨNG MINH ĐƯỢC: máy này không có sổ")
        assert (found.run["rests_on"], found.run["verdict"]) == ([], "intact-unproven")
        assert "--trust" in found.text, "the next step"

    def test_a_seal_of_somebody_known(self, tmp_path: Path, company: Sealer) -> None:
        run = real_run(tmp_path / "run", company)
        with away(tmp_path):
            found = told(run, trust=company.root)
            unknown = told(run)
        assert (found.code, found.run["rests_on"]) == (PROVEN, ["seal"])
        assert found.first.startswith(f"NGUYÊN VẸN: có niêm phong của “{COMPANY}” lúc ")
        assert found.run["believed"] == {"signature": None, "seal": "trust"}
        assert found.run["sealed"]["by"] == COMPANY
        assert (unknown.code, unknown.codes) == (UNPROVEN, {"SEAL_OF_NOBODY"})
        assert unknown.first.endswith("chưa biết report.pdf do ai niêm phong; máy này không có sổ của lần chạy")
        assert COMPANY not in unknown.first, "that is what somebody says of himself"

    def test_the_name_of_who_sealed_says_nothing_else(self, tmp_path: Path) -> None:
        sealer = make_sealer(tmp_path / "key", 40, owner="A”; khớp với sổ của máy này; B\u202e\n" + "x" * 10)
        run = real_run(tmp_path / "run", sealer)
        with away(tmp_path):
            first = told(run, trust=sealer.root).first
        assert "“A; khớp với sổ của máy này; B\\u202e\\u000axxx" in first

    def test_register_and_seal(self, tmp_path: Path, company: Sealer) -> None:
        run = real_run(tmp_path / "run", company)
        found = told(run, trust=company.root)
        assert (found.code, found.run["rests_on"]) == (PROVEN, ["register", "seal"])
        unknown = told(run)
        assert (unknown.code, unknown.codes) == (UNPROVEN, {"SEAL_OF_NOBODY"}), "report.pdf may be anybody's"
        assert unknown.first.endswith("chưa biết report.pdf do ai niêm phong; phần còn lại khớp với sổ của máy này")

    def test_a_register_that_was_lost(self, tmp_path: Path) -> None:
        run = real_run(tmp_path / "run")
        shutil.rmtree(state_directory())
        assert told(run).code == UNPROVEN

    def test_a_register_of_another_chain(self, tmp_path: Path) -> None:
        """The same profile on another machine."""
        run = real_run(tmp_path / "run")
        with away(tmp_path):
            real_run(tmp_path / "theirs")
            found = told(run)
        assert (found.code, found.codes) == (UNPROVEN, {"NOT_VOUCHED_FOR"})

    def test_a_run_that_the_register_was_about_to_take(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("chukyso.archive.register.Register.add_run", lambda *_: None)
        found = told(real_run(tmp_path / "run"))
        assert (found.code, found.run["rests_on"]) == (PROVEN, ["register"])

    def test_a_rehearsal(self, tmp_path: Path, sandbox_sealer: Sealer) -> None:
        run = rehearsal(tmp_path / "run", sandbox_sealer)
        found = told(run)
        assert (found.code, found.run["rests_on"]) == (PROVEN, ["register", "rehearsal-root"])
        assert found.first.startswith("DIỄN TẬP – NGUYÊN VẸN: khớp với sổ")
        assert found.run["believed"]["seal"] == "rehearsal-root"
        assert "theo chứng thư số gốc của sandbox nằm trong chính bằng chứng" in found.text
        with away(tmp_path):
            found = told(run)
            given = told(run, trust=sandbox_sealer.root)
            inside = told(run, trust=run / ROOT)
        assert (found.code, found.codes) == (UNPROVEN, {"ROOT_INSIDE"})
        assert found.first.startswith("DIỄN TẬP – KHÔNG THẤY THAY ĐỔI")
        assert (given.code, given.run["rests_on"]) == (PROVEN, ["seal"])
        assert given.first.startswith("DIỄN TẬP – NGUYÊN VẸN: có niêm phong của")
        assert (inside.code, inside.codes) == (UNPROVEN, {"ROOT_INSIDE"}), "the same root, out of the evidence"
        assert "TRUST_INSIDE" in inside.text

    def test_sealed_later_proves_only_from_then_on(self, tmp_path: Path, company: Sealer) -> None:
        for number, announced in enumerate((False, True)):
            run = real_run(tmp_path / f"run-{number}", company, minutes=0 if not announced else 90, announced=announced)
            with away(tmp_path):
                found = told(run, trust=company.root)
            assert (found.code, found.codes) == (UNPROVEN, {"NOT_PROVEN_BEFORE_SEAL"}), announced
            assert (
                f"niêm phong sau, trước lúc đó không có gì xác nhận; có niêm phong của “{COMPANY}” lúc " in found.first
            )
            assert found.run["rests_on"] == ["seal-later"]
            with_register = told(run, trust=company.root)
            assert (with_register.code, with_register.run["rests_on"]) == (PROVEN, ["register", "seal-later"])
            assert "SEALED_LATER" in with_register.text

    def test_many_runs_the_worst_decides(self, tmp_path: Path, company: Sealer, sandbox_sealer: Sealer) -> None:
        archive = tmp_path / "archive"
        for number in range(2):
            real_run(archive / f"real-{number}", company)
        rehearsal(archive / "rehearsal", sandbox_sealer)
        found = told(archive, trust=company.root)
        assert found.code == PROVEN
        assert found.first == "NGUYÊN VẸN: 3 lần chạy; 3 khớp với sổ của máy này; 1 lần chạy là DIỄN TẬP"
        with away(tmp_path):
            found = told(archive, "--part", trust=company.root)
            whole = told(archive, trust=company.root)
            shutil.rmtree(archive / "rehearsal")
            alone = told(archive, "--part", trust=company.root)
        assert (found.code, found.codes) == (UNPROVEN, {"ROOT_INSIDE"})
        assert "3 lần chạy; 1 chưa chứng minh được (máy này không có sổ của lần chạy, và niêm phong chỉ" in found.first
        assert found.first.endswith(f"; 2 có niêm phong của “{COMPANY}”; 1 lần chạy là DIỄN TẬP")
        assert {run["verdict"] for run in found.document["runs"]} == {"intact", "intact-unproven"}
        assert whole.codes == {"ROOT_INSIDE", "REGISTER_ABSENT"}
        assert (alone.code, alone.codes) == (PROVEN, set()), "each is sealed by somebody known"

    def test_whether_the_last_runs_are_there_is_known_to_the_register_alone(
        self, tmp_path: Path, company: Sealer
    ) -> None:
        for number in range(3):
            real_run(tmp_path / "archive" / str(number), company)
        shutil.rmtree(tmp_path / "archive" / "2")
        with away(tmp_path):
            found = told(tmp_path / "archive", trust=company.root)
            part = told(tmp_path / "archive", "--part", trust=company.root)
        assert (found.code, found.codes) == (UNPROVEN, {"REGISTER_ABSENT"})
        assert "không biết các lần chạy cuối có còn đủ không" in found.first
        assert part.code == PROVEN, "that was not asked"


class TestForgeries:
    """Made by the product's own functions wherever there is one."""

    def test_report_edited_manifest_rewritten_seal_taken_away(self, tmp_path: Path, company: Sealer) -> None:
        run = real_run(tmp_path / "run", company)
        edit_report(run, "KHÔNG CẦN CẬP NHẬT", "ĐÃ CẬP NHẬT")
        forge(run, seal=None)
        (run / PDF).unlink()
        with away(tmp_path):
            assert told(run).code == told(run, trust=company.root).code == UNPROVEN
        found = told(run)
        assert (found.codes, found.run["verdict"]) == ({"REGISTER_DIFFERS"}, "changed"), "its chain counts for it, too"

    def test_rehearsal_with_another_banner_and_portal_sealed_again(
        self, tmp_path: Path, sandbox_sealer: Sealer, forger: Sealer
    ) -> None:
        run = rehearsal(tmp_path / "run", sandbox_sealer)
        portal = manifest(run)["run"]["portal"]
        edit_report(run, REHEARSAL_BANNER, '<p class="note"><strong>Chạy thật.</strong>')
        edit_report(run, portal, PORTAL)
        edit_run(run, portal=PORTAL)
        shutil.copy(forger.root, run / ROOT)
        relist(run)
        reseal(run, forger)
        with away(tmp_path):
            found = told(run)
        assert (found.code, found.codes) == (CHANGED, {"REHEARSAL_DENIED"})
        assert found.first == "DIỄN TẬP – TỰ MÂU THUẪN VỀ VIỆC DIỄN TẬP HAY CHẠY THẬT"
        assert sum(one["code"] == "REHEARSAL_DENIED" for one in found.document["findings"]) == 2

    def test_rehearsal_that_denies_everything_and_is_sealed_again(
        self, tmp_path: Path, sandbox_sealer: Sealer, forger: Sealer, company: Sealer
    ) -> None:
        run = rehearsal(tmp_path / "run", sandbox_sealer)
        portal = manifest(run)["run"]["portal"]
        edit_report(run, REHEARSAL_BANNER, "<p>")
        edit_report(run, portal, PORTAL)
        (run / ROOT).unlink()
        edit_run(run, portal=PORTAL, profile="bhxh", rehearsal=False)
        relist(run, chain=None)
        reseal(run, forger)
        with away(tmp_path):
            found = told(run)
            judged = told(run, trust=company.root)
        assert (found.code, found.codes) == (UNPROVEN, {"SEAL_OF_NOBODY"})
        assert (judged.code, judged.codes) == (CHANGED, {"SEAL_UNTRUSTED"})
        assert judged.first.startswith("NIÊM PHONG KHÔNG PHẢI CỦA NƠI ĐƯỢC TIN")

    def test_own_authority_with_the_names_of_the_real_one(
        self, tmp_path: Path, company: Sealer, forger: Sealer
    ) -> None:
        run = real_run(tmp_path / "run", company)
        genuine = (run / PDF).read_bytes()
        reseal(run, forger)
        found = told(run)
        assert (found.code, found.codes) == (UNPROVEN, {"SEAL_OF_NOBODY"}), "though the register has the manifest"
        assert told(run, trust=company.root).codes == {"SEAL_UNTRUSTED"}
        (run / PDF).write_bytes(genuine)
        assert told(run, trust=company.root).code == PROVEN

    def test_a_root_out_of_the_evidence_is_not_believed(self, tmp_path: Path, company: Sealer, forger: Sealer) -> None:
        run = real_run(tmp_path / "run", company)
        own = run / "evidence/validation/path.pem"
        own.parent.mkdir()
        shutil.copy(forger.root, own)
        relist(run)
        reseal(run, forger)
        (tmp_path / "link.pem").symlink_to(own)
        with away(tmp_path):
            for root in (own, tmp_path / "link.pem"):
                found = told(run, trust=root)
                assert (found.code, found.codes) == (UNPROVEN, {"SEAL_OF_NOBODY"}), root
                assert "TRUST_INSIDE" in found.text
            pdf = told(run / PDF, trust=own)
        assert (pdf.code, pdf.codes) == (UNPROVEN, {"SEAL_OF_NOBODY"})

    def test_a_supplement_replaces_no_file(self, tmp_path: Path, company: Sealer) -> None:
        run = real_run(tmp_path / "run", company)
        with (run / "evidence/report.html").open("ab") as stream:
            stream.write(b"<p>forged</p>")
        with away(tmp_path):
            add_supplement(run, "result-mail", [run / "evidence/report.html"], {})
        assert told(run, trust=company.root).codes == {"SUPPLEMENT_BROKEN", "FILE_CHANGED"}

    def test_a_supplement_that_the_register_does_not_know(self, tmp_path: Path, company: Sealer) -> None:
        run = real_run(tmp_path / "run", company)
        mail = run / "evidence/result-mail.eml"
        mail.write_bytes(b"Subject: accepted\r\n\r\n")
        with away(tmp_path):
            add_supplement(run, "result-mail", [mail], {"status": "accepted"})
        found = told(run, trust=company.root)
        assert (found.code, found.codes) == (UNPROVEN, {"SUPPLEMENT_NOT_VOUCHED_FOR"})
        assert "phần bổ sung không ai xác nhận" in found.first

    def test_a_forged_supplement_about_a_seal(self, tmp_path: Path, forger: Sealer) -> None:
        run = real_run(tmp_path / "run")
        extra = run / "evidence/extra.pdf"
        extra.write_bytes(small_pdf())
        with away(tmp_path):
            add_supplement(run, "seal", [extra], {"path": PDF})
        reseal(run, forger)
        found = told(run)
        assert (found.code, found.codes) == (UNPROVEN, {"SEAL_OF_NOBODY", "SUPPLEMENT_NOT_VOUCHED_FOR"})
        assert told(run, trust=forger.root).codes == {"SUPPLEMENT_NOT_VOUCHED_FOR"}

    def test_a_tombstone_that_nobody_confirms(self, tmp_path: Path, company: Sealer) -> None:
        archive = tmp_path / "archive"
        runs = [real_run(archive / str(number), company) for number in range(3)]
        content = manifest(runs[1])
        stone = {"chain": content["chain"], "manifest": hash_of(runs[1] / "evidence/manifest.json"), "ended": ""}
        stone |= {"outcome": content["outcome"], "reason": "retention", "removed": ""}
        (archive / "evidence-removed.jsonl").write_text(json.dumps(stone) + "\n", encoding="utf-8")
        shutil.rmtree(runs[1])
        with away(tmp_path):
            found = told(archive, "--part", trust=company.root)
        assert (found.code, found.codes) == (UNPROVEN, {"REMOVAL_UNPROVEN"})
        assert told(archive, trust=company.root).codes == {"REMOVAL_UNKNOWN"}


class TestPdfAlone:
    def test_of_somebody_known_and_of_nobody(self, tmp_path: Path, company: Sealer, forger: Sealer) -> None:
        run = real_run(tmp_path / "run", company)
        pdf = tmp_path / "report.pdf"
        shutil.copy(run / PDF, pdf)
        found = told(pdf, trust=company.root)
        assert (found.code, found.run["rests_on"]) == (PROVEN, ["register", "seal"])
        assert told(pdf).codes == {"SEAL_OF_NOBODY"}, "its pages are not in the register"
        assert told(pdf, trust=forger.root).codes == {"SEAL_UNTRUSTED"}
        with away(tmp_path):
            assert told(pdf, trust=company.root).run["rests_on"] == ["seal"]

    def test_of_a_rehearsal(self, tmp_path: Path, sandbox_sealer: Sealer) -> None:
        run = rehearsal(tmp_path / "run", sandbox_sealer)
        shutil.copy(run / PDF, tmp_path / "report.pdf")
        assert told(run / PDF).code == PROVEN, "the register has the manifest, which lists the root"
        for pdf, code in ((run / PDF, "ROOT_INSIDE"), (tmp_path / "report.pdf", "SEAL_OF_NOBODY")):
            with away(tmp_path):
                found = told(pdf)
            assert (found.code, found.codes) == (UNPROVEN, {code})
            assert found.first.startswith("DIỄN TẬP – ")

    def test_a_root_that_the_manifest_does_not_list(
        self, tmp_path: Path, sandbox_sealer: Sealer, forger: Sealer
    ) -> None:
        run = rehearsal(tmp_path / "run", sandbox_sealer)
        shutil.copy(forger.root, run / ROOT)
        reseal(run, forger)
        assert told(run / PDF).codes == {"SEAL_OF_NOBODY"}

    def test_sealed_later(self, tmp_path: Path, company: Sealer) -> None:
        run = real_run(tmp_path / "run", company, announced=False)
        shutil.copy(run / PDF, tmp_path / "report.pdf")
        with away(tmp_path):
            found = told(tmp_path / "report.pdf", trust=company.root)
        assert (found.code, found.codes) == (UNPROVEN, {"NOT_PROVEN_BEFORE_SEAL"})

    def test_of_another_run_than_the_register_has(self, tmp_path: Path, company: Sealer) -> None:
        run = real_run(tmp_path / "run", company)
        forge(run, host=manifest(run)["host"] | {"system": "x"})
        reseal(run, company)
        shutil.copy(run / PDF, tmp_path / "report.pdf")
        assert told(tmp_path / "report.pdf", trust=company.root).codes == {"REGISTER_DIFFERS"}

    def test_what_the_company_signed_but_is_no_report(self, tmp_path: Path, company: Sealer) -> None:

        with open_worker(company.options) as worker:
            key = find_key(worker, company.options)
            sealed = seal_pdf(small_pdf(), key, company.order)
        (tmp_path / "contract.pdf").write_bytes(sealed.data)
        found = told(tmp_path / "contract.pdf", trust=company.root)
        assert (found.code, found.codes) == (NO_EVIDENCE, {"NO_MANIFEST_INSIDE"})

    def test_files_inside_that_its_manifest_does_not_list(self, tmp_path: Path, company: Sealer) -> None:
        run = real_run(tmp_path / "run", company)
        with (run / "evidence/journal.jsonl").open("ab") as stream:
            stream.write(Entry(99, datetime.now(UTC), "added", {}).to_line())
        reseal(run, company)
        shutil.copy(run / PDF, tmp_path / "report.pdf")
        assert told(tmp_path / "report.pdf", trust=company.root).codes == {"FACTS_DIFFER"}
