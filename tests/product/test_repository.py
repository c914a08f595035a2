"""What holds for every file of the repository, and for what its documents say."""

import re
import runpy
import shlex
import subprocess
import sys
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from robot.run import RobotFramework

from chukyso.errors import Code, Outcome
from chukyso.run.variables import DEFAULTS
from support.files import files
from support.paths import ROOT

READMES = ("README.md", "README.vi.md")
LONGEST = 400  # lines
BINARY = {".png", ".pdf", ".ico", ".woff", ".p12", ".der", ".crl"}
# Written so that the patterns do not match this file.
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.])/(?:wor[k]|roo[t]|home/\w+)/|/tmp/bas[h]|[C]:\\Users\\",
    "the host of a package index": r"pyp[i]\.org|pythonhos[t]ed|npmj[s]\.|/opt/pyp[i]",
    "who or what wrote it": r"(?i)\b(?:clau[d]e|anth[r]opic|chat-?gp[t]|openA[I]|copilo[t]|AI[- ](?:help|assist))",
}
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def texts(*suffixes: str) -> dict[str, str]:
    """Content of text files by their path from the root."""
    chosen = [path for path in files() if path.suffix not in BINARY and (not suffixes or path.suffix in suffixes)]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in chosen}


def test_there_is_something_to_look_at() -> None:
    assert {"README.md", "bootstrap.py", "libraries/chukyso/errors.py"} <= set(texts())


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_contains(what: str) -> None:
    hits = [
        f"{name}: {match.group()}" for name, text in texts().items() for match in re.finditer(FORBIDDEN[what], text)
    ]
    assert not hits


def test_text_is_nfc() -> None:
    assert not [name for name, text in texts().items() if not unicodedata.is_normalized("NFC", text)]


def test_files_are_not_too_long() -> None:
    lengths = {name: text.count("\n") for name, text in texts(".py", ".robot", ".resource").items()}
    assert not {name: length for name, length in lengths.items() if length > LONGEST}


def test_results_are_not_part_of_the_repository() -> None:
    tracked = [path.relative_to(ROOT).as_posix() for path in files() if (ROOT / "results") in path.parents]
    assert tracked in ([], ["results/.gitkeep"])


def test_continuous_integration_runs_the_test_commands_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["python3 bootstrap.py test", "exec python3 bootstrap.py test --windows"]


# requirements.txt


def direct_dependencies() -> list[Requirement]:
    """What pyproject.toml asks for, to build too: the project is installed without build isolation."""
    given = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [given["build-system"]["requires"], given["project"]["dependencies"]]
    lists += given["project"]["optional-dependencies"].values()
    return [Requirement(text) for listed in lists for text in listed]


@cache
def pinned() -> dict[str, str]:
    """Version by name, of every entry of requirements.txt."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)}


def test_every_requirement_is_pinned_with_hashes() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if entry.strip()]
    assert len(entries) > 50
    assert not [entry for entry in entries if not re.match(r"[\w.-]+==\S+.*\\\n +--hash=sha256:[0-9a-f]{64}", entry)]


def test_every_direct_dependency_is_pinned_as_asked() -> None:
    for wanted in direct_dependencies():
        version = pinned().get(canonicalize_name(wanted.name))
        assert version, f"{wanted.name} is not in requirements.txt"
        assert wanted.specifier.contains(version), f"{wanted} is pinned to {version}"


def test_every_direct_dependency_has_its_licence_written_down() -> None:
    page = (ROOT / "docs" / "decisions" / "0007-dependencies.md").read_text(encoding="utf-8").lower()
    for wanted in direct_dependencies():
        assert re.search(rf"[| ,]{re.escape(wanted.name.lower())}[ ,]", page), wanted.name


# Documents


def test_links_in_documents_lead_somewhere() -> None:
    broken = []
    for name, text in texts(".md").items():
        for target in LINK.findall(text):
            path, _, anchor = unquote(target).partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            file = (ROOT / name).parent / path if path else ROOT / name
            if not file.exists() or (anchor and anchor not in anchors(file)):
                broken.append(f"{name}: {target}")
    assert not broken


def anchors(file: Path) -> set[str]:
    """Anchors of a Markdown file's headings."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_handbook_lists_every_page() -> None:
    index = ROOT / "docs" / "README.md"
    listed = {(index.parent / target).resolve() for target in LINK.findall(index.read_text(encoding="utf-8"))}
    pages = {path.resolve() for path in files() if index.parent in path.parents and path.suffix in (".md", ".json")}
    assert pages - {index.resolve()} <= listed


def commands() -> list[tuple[str, str]]:
    """Every command that a README tells people to type."""
    found = []
    for name in READMES:
        for block in CONSOLE.findall((ROOT / name).read_text(encoding="utf-8")):
            found += [(name, line.removeprefix("$ ")) for line in block.splitlines() if line.startswith("$ ")]
    return found


def test_readmes_tell_commands() -> None:
    assert {name for name, _ in commands()} == set(READMES)
    for name in READMES:
        assert (name, "python3 bootstrap.py update") in commands()


@pytest.mark.parametrize("command", sorted({command for _, command in commands()}))
def test_a_command_of_a_readme_can_be_typed(command: str) -> None:
    words = shlex.split(command)
    match words:
        case ["python3", "bootstrap.py", job, *options]:
            helped = subprocess.run([sys.executable, "bootstrap.py", job, "--help"], cwd=ROOT, check=False)
            assert helped.returncode == 0, f"there is no command {job}"
            if job == "update":
                dry_run([*options, "suites/update.robot"])
            else:
                assert not options
        case ["robot", *options]:
            dry_run(options)
        case [".", ".venv/bin/activate"]:
            pass  # made by bootstrap.py, or rather by Python's venv
        case [".venv/bin/keyring", "set", _service, _name]:
            module = [sys.executable, "-m", "keyring", "--help"]
            assert subprocess.run(module, capture_output=True, check=False).returncode == 0
        case _:
            pytest.fail(f"nobody has checked this command: {command}")


def dry_run(arguments: list[str]) -> None:
    """Let Robot Framework read these options, and the suite, whose libraries it imports; it runs nothing."""
    options, (suite,) = RobotFramework().parse_arguments(arguments)
    parses(suite)
    for variable in options.get("variable", []):
        assert variable.partition(":")[0] in DEFAULTS, f"a run has no variable {variable}"


@cache
def parses(suite: str) -> None:
    """Whether a suite, its resources and its libraries can be read; the same with any variables."""
    robot = [sys.executable, "-m", "robot", "--dryrun", "--output", "NONE", "--log", "NONE", "--report", "NONE", suite]
    done = subprocess.run(robot, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_describes_the_variables_of_a_run() -> None:
    table = re.search(r"^## Variables$(.*?)^## ", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    assert table
    rows = [line.split("|")[1] for line in table[1].splitlines() if line.startswith("|")]
    assert set(re.findall(r"`([A-Z_]+)`", "".join(rows))) == set(DEFAULTS)


def test_the_vietnamese_page_is_made_from_the_declaration() -> None:
    page = texts(".md")["docs/vi/bien.md"]
    made = runpy.run_path(str(ROOT / "docs" / "run_variables.py"))["with_table"](page)
    assert page == made, "run python docs/run_variables.py"
    assert made.count("\n| `") == len(DEFAULTS)


def test_vietnamese_pages_name_codes_that_exist() -> None:
    pages = {name: text for name, text in texts(".md").items() if name.startswith("docs/vi/")}
    known = {
        *Code.__members__,
        *DEFAULTS,
        "CHUKYSO_STATE_DIR",
    }
    for name, text in pages.items():
        assert set(re.findall(r"`([A-Z]+_[A-Z_]+)`", text)) <= known, name


def test_operators_are_sent_to_vietnamese_pages() -> None:
    """What they read links to no English page but those that say so."""
    english = r"\]\((?!docs/(?:vi|images)/)[^)]*docs/[^)]*\)"
    assert not re.findall(english, texts(".md")["README.vi.md"])
    named = {
        path for code in Code for path in re.findall(r"docs/\S+?\.md", f"{code.value.happened} {code.value.action}")
    }
    assert {path for path in named if not path.startswith("docs/vi/")} <= {"docs/verification.md"}
    assert all((ROOT / path).is_file() for path in named)


@pytest.mark.parametrize("name", READMES)
def test_a_readme_describes_every_outcome_and_no_code_that_does_not_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for outcome in Outcome:
        assert f"| `{outcome}` |" in text
    codes = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", text)) - set(DEFAULTS) - {"CHUKYSO_STATE_DIR"}
    assert codes <= set(Code.__members__)


def test_the_readme_can_be_read_in_six_minutes() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) < 1380  # at 230 words a minute


def test_readme_names_every_file_that_a_run_leaves_for_people() -> None:
    text = texts(".md")["README.md"]
    named = ("report.html", "manifest.json", "submission.xml", "journal.jsonl", "sandbox-root.pem")
    assert not [name for name in named if f"evidence/{name}" not in text]


def test_there_is_one_time_zone_in_one_place() -> None:
    places = [name for name, text in texts(".py").items() if re.search(r"\btimezone\(|ZoneInfo", text)]
    assert [name for name in places if name.startswith("libraries/")] == ["libraries/chukyso/moment.py"]


def test_security_page_names_tests_that_exist() -> None:
    named = re.findall(r"`(\w+/test_\w+\.py)((?:::\w+)*)`", (ROOT / "docs" / "security.md").read_text(encoding="utf-8"))
    assert len(named) > 100
    tests = ROOT / "tests"
    sources = {
        path.relative_to(tests).as_posix(): path.read_text(encoding="utf-8") for path in tests.glob("*/test_*.py")
    }
    gone = [
        file + names
        for file, names in named
        for name in names.split("::")[1:] or [""]
        if not re.search(
            rf"^\s*(?:async )?(?:def|class) {name}\b" if name else "", sources.get(file, "\0"), re.MULTILINE
        )
        or file not in sources
    ]
    assert not gone
