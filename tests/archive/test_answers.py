"""Which of the answers that a run kept are looked at when its submission is judged again."""

from __future__ import annotations

from pathlib import Path

from chukyso.archive.examine_submission import _judge
from support.signature import NOW, Pki
from support.verify import keep


def test_other_files_do_not_crowd_out_the_answers(pki: Pki, good_answers: None, tmp_path: Path) -> None:
    """Bounded are the answers, not whatever stands before them in the alphabet."""
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "submission.xml").write_bytes(pki.signed())
    kept = keep(pki, tmp_path / "kept")
    validation = tmp_path / "evidence" / "validation"
    kept.directory.rename(validation)
    hashes = {f"evidence/validation/{path.name}": "" for path in validation.iterdir()}
    hashes |= {f"evidence/supplement-{number:03}.bin": "" for number in range(80)}
    assert _judge(tmp_path, hashes, pki.root.pem, NOW).name == "TOTAL-PASSED"
