"""Keyword documentation and its Vietnamese translation."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from importlib import import_module
from pathlib import Path

import pytest
from robot.api import ExecutionResult
from robot.libdocpkg import LibraryDocumentation

from fixtures_token import PIN, issue, softhsm_token

ROOT = Path(__file__).parents[1]
LIBRARIES = ("PortalLibrary", "TokenLibrary", "EvidenceLibrary", "SandboxLibrary")
DOCUMENT = "<ThayDoiChuKySo><MST>0101234565</MST><CKy_Dvi/></ThayDoiChuKySo>"


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_keyword_has_a_vietnamese_name_and_documentation(library: str) -> None:
    english = {keyword.name for keyword in LibraryDocumentation(library).keywords}
    both = {keyword.name: keyword for keyword in LibraryDocumentation(f"{library}::vi").keywords}
    vietnamese = {name: keyword for name, keyword in both.items() if name not in english}
    assert english < set(both), "the English names work, too"
    assert len(vietnamese) == len(english)
    assert not [name for name, keyword in vietnamese.items() if keyword.doc in {both[one].doc for one in english}]


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_translation_names_nothing_that_is_gone(library: str) -> None:
    translation = json.loads((ROOT / "libraries" / library / "vi.json").read_text(encoding="utf-8"))
    methods = set(getattr(import_module(library), library)().attributes)
    assert not set(translation) - methods - {"__intro__"}
    assert all(unicodedata.is_normalized("NFC", text) for entry in translation.values() for text in entry.values())


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(Exception, match="OPTION_INVALID"):
        import_module("TokenLibrary").TokenLibrary("xx")


def test_the_pages_are_up_to_date(tmp_path: Path) -> None:
    pages = ROOT / "docs" / "keywords"
    command = [sys.executable, str(pages / "build.py"), str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    built = {path.relative_to(tmp_path): path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.html")}
    kept = {path.relative_to(pages): path.read_text(encoding="utf-8") for path in pages.rglob("*.html")}
    assert len(built) == 2 * len(LIBRARIES)
    behind = sorted(str(name) for name in built.keys() | kept.keys() if built.get(name) != kept.get(name))
    assert not behind, "run python docs/keywords/build.py"
    assert not [name for name, text in kept.items() if str(ROOT) in text], "paths of this machine"


def test_a_suite_can_be_written_in_vietnamese(tmp_path: Path) -> None:
    hsm = softhsm_token(tmp_path / "hsm")
    serial = hsm.add_token(entries=[issue()])
    document = tmp_path / "document.xml"
    document.write_text(DOCUMENT, encoding="utf-8")
    variables = {
        "MODULE": hsm.module,
        "SERIAL": serial,
        "CONF": hsm.environment["SOFTHSM2_CONF"],
        "NIP": PIN[::-1],
        "TÀI LIỆU": document,
    }
    arguments = [item for name, value in variables.items() for item in ("--variable", f"{name}:{value}")]
    suite = Path(__file__).parent / "robot" / "vietnamese"
    run = subprocess.run(
        [sys.executable, "-m", "robot", "-d", str(tmp_path / "out"), *arguments, str(suite)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    tests = {test.name: test for test in ExecutionResult(tmp_path / "out" / "output.xml").suite.all_tests}
    good, bad = tests.values()
    assert good.passed, good.message + run.stderr
    assert bad.failed
    assert "không phải Secret" not in bad.message
