"""Keyword documentation and its Vietnamese translation."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
from robot.api import ExecutionResult
from robot.libdocpkg import LibraryDocumentation

from chukyso.errors import Code
from support.paths import ROBOT, ROOT
from support.token import PIN, issue, softhsm_token

LIBRARIES = (
    "PortalLibrary",
    "TokenLibrary",
    "EvidenceLibrary",
    "SandboxLibrary",
    "ProbeLibrary",
    "DoctorLibrary",
    "RegressionLibrary",
)
DOCUMENT = "<ThayDoiChuKySo><MST>0101234565</MST><CKy_Dvi/></ThayDoiChuKySo>"


def listed(documentation: str) -> list[str]:
    """Arguments that a keyword's documentation has in its list."""
    return re.findall(r"^- `{1,2}(\w+)`{1,2}:", documentation, re.MULTILINE)


def unknown_codes(documentation: str) -> set[str]:
    """What a keyword is said to fail with, but no error of the product is named like."""
    _, _, failures = documentation.replace("hất bại với", "Fails with").partition("Fails with")
    return set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", failures)) - set(Code.__members__)


def test_no_library_is_forgotten() -> None:
    assert {path.parent.name for path in (ROOT / "libraries").glob("*Library/__init__.py")} == set(LIBRARIES)
    handbook = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"\[(\w+)\]\(keywords/(en|vi)/(\w+)\.html\)", handbook)
    assert sorted(linked) == sorted((name, language, name) for name in LIBRARIES for language in ("en", "vi"))


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_keyword_says_what_it_does_what_it_takes_and_how_it_fails(library: str) -> None:
    for keyword in LibraryDocumentation(library).keywords:
        assert re.match(r"[A-Z][^\n]{10,}[.:]", keyword.doc), keyword.name
        assert keyword.tags, keyword.name
        assert set(listed(keyword.doc)) == {argument.name for argument in keyword.args if argument.name}, keyword.name
        assert not unknown_codes(keyword.doc), keyword.name


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_keyword_has_a_vietnamese_name_and_documentation(library: str) -> None:
    english = {keyword.name for keyword in LibraryDocumentation(library).keywords}
    both = {keyword.name: keyword for keyword in LibraryDocumentation(f"{library}::vi").keywords}
    vietnamese = {name: keyword for name, keyword in both.items() if name not in english}
    assert english < set(both), "the English names work, too"
    assert len(vietnamese) == len(english)
    assert not [name for name, keyword in vietnamese.items() if keyword.doc in {both[one].doc for one in english}]
    for name, keyword in vietnamese.items():
        assert keyword.doc, name
        assert set(listed(keyword.doc)) <= {argument.name for argument in keyword.args}, name
        assert not unknown_codes(keyword.doc), name


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_translation_names_nothing_that_is_gone(library: str) -> None:
    translation = json.loads((ROOT / "libraries" / library / "vi.json").read_text(encoding="utf-8"))
    methods = set(getattr(import_module(library), library)().attributes)
    assert not set(translation) - methods - {"__intro__"}
    assert all(unicodedata.is_normalized("NFC", text) for entry in translation.values() for text in entry.values())


def test_no_keyword_of_two_libraries_has_the_same_name() -> None:
    documents = [LibraryDocumentation(f"{library}::vi") for library in LIBRARIES]
    counts = Counter(keyword.name.replace(" ", "").lower() for document in documents for keyword in document.keywords)
    assert not [name for name, count in counts.items() if count > 1]


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_unknown_language_is_refused(library: str) -> None:
    with pytest.raises(Exception, match="OPTION_INVALID"):
        getattr(import_module(library), library)("xx")


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


@pytest.mark.parametrize("name", ["End Run With", "Cho Lần Chạy Kết Thúc Bằng"])
def test_what_a_run_must_end_with_is_resolved_by_the_keyword_that_runs_it(name: str, tmp_path: Path) -> None:
    suite = tmp_path / "suite.robot"
    libraries = "Library    EvidenceLibrary    vi\nLibrary    RegressionLibrary    vi"
    body = f"    {name}    Log    ${{NOT THERE}}\n    Run Should Have Ended    failed"
    suite.write_text(f"*** Settings ***\n{libraries}\n*** Tasks ***\nOne\n{body}\n", encoding="utf-8")
    command = [sys.executable, "-m", "robot", "-d", str(tmp_path), str(suite)]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert re.search(r"must be: KHÔNG THÀNH CÔNG.*\n +is: +Variable '\$\{NOT THERE\}' not found\.", run.stdout), (
        run.stdout
    )


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
    suite = ROBOT / "vietnamese"
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
