"""bootstrap.py run for real, in copies of the repository whose environment borrows this one's packages."""

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from support.paths import ROOT

BOOTSTRAP = ROOT / "bootstrap.py"
POSIX = pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process group on Windows")
PYPROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "copy-of-the-project"
version = "0"
[tool.setuptools.packages.find]
where = ["libraries"]
[tool.mypy]
files = ["checked.py"]
[tool.ruff]
line-length = 110
include = ["checked.py"]
"""
SUITE = """\
*** Settings ***
Suite Teardown    Create File    ${OUTPUT_DIR}/torn-down
Library           OperatingSystem

*** Test Cases ***
What bootstrap hands on
    Should Be Equal    %{PYTHONUTF8}    1
    Should Be Equal    ${GIVEN}    Bảo hiểm xã hội
    Log To Console    the test has started
    Sleep    ${SECONDS}
    Fail    So that the exit code is 1

*** Variables ***
${SECONDS}    0
"""
TESTS = """\
import pytest


@pytest.mark.slow
def test_slow():
    pass


@pytest.mark.nightly
def test_nightly():
    pass


def test_fast():
    pass
"""


class Copy:
    """A copy of the repository with its own .venv."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.stamp = self.venv / "bootstrap-stamp"
        package = root / "libraries" / "chukyso"
        package.mkdir(parents=True)
        (package / "token").mkdir()
        for name in (
            "__init__.py",
            "errors.py",
            "errors.toml",
            "browser.py",
            "console.py",
            "prerequisites.py",
            "state.py",
        ):
            shutil.copy(ROOT / "libraries" / "chukyso" / name, package)
        for name in ("__init__.py", "machine.py", "model.py", "modules.py", "modules.toml", "p11kit.py"):
            shutil.copy(ROOT / "libraries" / "chukyso" / "token" / name, package / "token")
        shutil.copytree(ROOT / "libraries" / "chukyso" / "pin", package / "pin")
        shutil.copytree(ROOT / "libraries" / "ChukysoKeywords", root / "libraries" / "ChukysoKeywords")
        for name in ("bootstrap.py", "requirements.txt"):
            shutil.copy(ROOT / name, root)
        (root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")

    def borrow_environment(self) -> None:
        """Make a .venv without pip's help: it looks up packages in the environment that runs this test."""
        venv.create(self.venv, with_pip=False, symlinks=os.name != "nt")
        packages = sysconfig.get_path("purelib", vars={"base": str(self.venv), "platbase": str(self.venv)})
        Path(packages, "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "bootstrap.py", *arguments],
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        with self.start(*arguments) as process:
            said, _ = process.communicate(timeout=120)
        return process.returncode, said


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Return a copy that is set up: by bootstrap itself, with pip, on packages that are there already."""
    copy = Copy(tmp_path_factory.mktemp("ready"))
    copy.borrow_environment()
    code, said = copy.run("setup")
    assert code == 0, said
    assert "Cài thư viện Python" in said
    assert list((copy.root / "libraries" / "chukyso" / "__pycache__").glob("errors.*.pyc")), "compiled once for all"
    return copy


def test_what_installs_things_is_told_no_secret(copy: Copy) -> None:
    told = "import os; print({*os.environ} & {'TOKEN_PIN', 'PORTAL_PASSWORD', 'HOME'})"
    program = f"import os, runpy, sys; quietly = runpy.run_path('bootstrap.py')['quietly']; text = {told!r}; "
    program += "print(quietly([sys.executable, '-c', text], os.environ).text)"
    given = {**os.environ, "TOKEN_PIN": "1", "PORTAL_PASSWORD": "1", "HOME": str(copy.root)}
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=given, capture_output=True, text=True, check=True, timeout=60
    )
    assert "HOME" in ended.stdout
    assert "TOKEN_PIN" not in ended.stdout and "PORTAL_PASSWORD" not in ended.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["update", "--help"], ["test", "-h"]])
def test_help_sets_nothing_up(copy: Copy, arguments: list[str]) -> None:
    code, said = copy.run(*arguments)
    assert code == 0
    assert "cập nhật chữ ký số" in said
    assert not copy.venv.exists()


@pytest.mark.parametrize("arguments", [[], ["updat"], ["test", "--slow"], ["setup", "now"]])
def test_wrong_usage_is_refused(copy: Copy, arguments: list[str]) -> None:
    code, said = copy.run(*arguments)
    assert code == 2
    assert said.startswith("Usage:")
    assert not copy.venv.exists()


@pytest.mark.parametrize(("typed", "meant"), [("udpate", "update"), ("sanbox", "sandbox"), ("nighly", "nightly")])
def test_what_may_have_been_meant_is_named(copy: Copy, typed: str, meant: str) -> None:
    code, said = copy.run(typed)
    assert code == 2
    assert said.endswith(f"Không có lệnh “{typed}”; ý bạn là “{meant}”? / Did you mean {meant}?\n")
    assert "ý bạn là" not in copy.run("test", "--slow")[1]


def test_what_nobody_foresaw_has_an_exit_code_of_its_own(copy: Copy) -> None:
    (copy.root / "requirements.txt").unlink()
    code, said = copy.run("setup")
    assert code == 70
    assert "FileNotFoundError" in said


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 13)])
def test_an_old_python_gets_a_sentence(version: tuple[int, int, int]) -> None:
    program = f"import runpy, sys; sys.version_info = {version}; runpy.run_path({str(BOOTSTRAP)!r})"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == 2
    assert "cần Python 3.11 trở lên" in ended.stderr
    assert "Python 3.11 or newer is needed" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_old_python_gets_as_far_as_that_sentence() -> None:
    tree = ast.parse(BOOTSTRAP.read_text(encoding="utf-8"), feature_version=(3, 7))
    check = next(number for number, node in enumerate(tree.body) if isinstance(node, ast.If))
    before = tree.body[:check]
    assert all(isinstance(node, ast.Expr | ast.Import | ast.ImportFrom | ast.Assign) for node in before)
    imported = {alias.name for node in before if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in before if isinstance(node, ast.ImportFrom)}
    # Newer modules (dataclasses, tomllib …) and "from __future__ import annotations" end an old Python first.
    assert imported <= {
        *("collections.abc", "difflib", "hashlib", "os", "pathlib", "shlex"),
        *("shutil", "signal", "subprocess", "sys", "time", "typing"),
    }


def test_set_up_is_done_once(ready: Copy) -> None:
    before = {path: path.stat().st_mtime_ns for path in ready.venv.rglob("*") if "__pycache__" not in path.parts}
    code, said = ready.run("setup")
    assert code == 0
    assert said.splitlines() == ["[bootstrap] Sẵn sàng / ready: python3 bootstrap.py update"]
    after = {path: path.stat().st_mtime_ns for path in ready.venv.rglob("*") if "__pycache__" not in path.parts}
    assert after == before


def test_the_project_is_installed_editable(ready: Copy) -> None:
    assert list(ready.venv.rglob("copy_of_the_project*.dist-info"))


def test_changed_requirements_are_installed_into_the_same_environment(copy: Copy) -> None:
    copy.borrow_environment()
    copy.stamp.write_text(f"of other requirements\n{copy.root}", encoding="utf-8")
    (copy.venv / "kept").touch()
    (copy.root / "requirements.txt").write_text("not-a-package==1 --hash=sha256:wrong\n", encoding="utf-8")
    code, said = copy.run("setup")
    assert code == 1
    assert "not-a-package" in said, "pip's own words are shown when it fails"
    assert "Bị lỗi / failed" in said
    assert "Traceback" not in said
    assert (copy.venv / "kept").exists()
    assert copy.stamp.read_text(encoding="utf-8").startswith("incomplete\n")


@pytest.mark.parametrize(
    "stamp", ["incomplete\n", pytest.param("some digest\n/another/place", marks=pytest.mark.nightly)]
)
def test_an_interrupted_or_moved_environment_is_made_anew(copy: Copy, stamp: str) -> None:
    copy.borrow_environment()
    copy.stamp.write_text(stamp, encoding="utf-8")
    (copy.venv / "left over").touch()
    (copy.root / "requirements.txt").write_text("not-a-package==1 --hash=sha256:wrong\n", encoding="utf-8")
    code, said = copy.run("setup")
    assert code == 1
    assert "Tạo môi trường Python" in said
    assert not (copy.venv / "left over").exists()


@pytest.mark.nightly
def test_a_broken_environment_is_made_anew(copy: Copy) -> None:
    scripts = copy.venv / ("Scripts" if os.name == "nt" else "bin")
    scripts.mkdir(parents=True)
    (scripts / "python").symlink_to(copy.root / "gone")
    (copy.root / "requirements.txt").write_text("not-a-package==1 --hash=sha256:wrong\n", encoding="utf-8")
    code, said = copy.run("setup")
    assert code == 1
    assert "Tạo môi trường Python" in said
    assert (scripts / "python").resolve().exists()


def test_update_hands_arguments_and_exit_code_through(ready: Copy) -> None:
    write_suite(ready)
    code, said = ready.run("update", "--variable", "GIVEN:Bảo hiểm xã hội")
    assert code == 1
    assert "So that the exit code is 1" in said
    assert (ready.root / "results" / "log.html").exists()


def test_update_from_another_directory_with_another_output_directory(ready: Copy, tmp_path: Path) -> None:
    write_suite(ready)
    options = ["--outputdir", "elsewhere", "--variable", "GIVEN:Bảo hiểm xã hội"]
    command = [sys.executable, str(ready.root / "bootstrap.py"), "update", *options]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == 1, ended.stdout
    assert (tmp_path / "elsewhere" / "log.html").exists()


@POSIX
def test_nightly_hands_arguments_and_exit_code_through(ready: Copy) -> None:
    job = ready.venv / "bin" / "chukyso"
    job.write_text('#!/bin/sh\necho "$@"\nexit 3\n', encoding="utf-8")
    job.chmod(0o755)
    code, said = ready.run("nightly", "--keep", "7")
    assert code == 3
    assert said == "nightly --output results/nightly --keep 7\n"


@POSIX
@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_job_puts_its_things_away(ready: Copy, number: signal.Signals, expected: int) -> None:
    write_suite(ready)
    results = ready.root / "results"
    shutil.rmtree(results, ignore_errors=True)
    process = ready.start("update", "--variable", "GIVEN:Bảo hiểm xã hội", "--variable", "SECONDS:60")
    with process:
        assert process.stdout
        assert any("the test has started" in line for line in process.stdout)
        process.send_signal(number)
        said = process.stdout.read()
    assert process.returncode == expected, said
    assert "Đã dừng / stopped." in said
    assert "Traceback" not in said
    assert (results / "torn-down").exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize(
    ("tier", "count"),
    [
        ("", "2"),
        pytest.param("--fast", "1", marks=pytest.mark.nightly),
        pytest.param("--all", "3", marks=pytest.mark.nightly),
    ],
)
def test_test_runs_every_check_and_ends_with_the_summary_of_pytest(ready: Copy, tier: str, count: str) -> None:
    (ready.root / "checked.py").write_text("import os\n", encoding="utf-8")  # unused: ruff complains
    shutil.rmtree(ready.root / "suites", ignore_errors=True)
    (ready.root / "tests").mkdir(exist_ok=True)
    (ready.root / "tests" / "test_copy.py").write_text(TESTS, encoding="utf-8")
    code, said = ready.run("test", *filter(None, [tier]))
    assert code != 0, said
    assert "ruff check: FAILED · ruff format --check: ok · robocop check: ok · mypy: ok · pytest: …" in said
    assert re.search(rf" {count} passed", said.splitlines()[-1])


@pytest.mark.skipif(not shutil.which("apt-get"), reason="Debian and Ubuntu only")
def test_without_root_the_exact_command_is_printed(copy: Copy) -> None:
    only_apt = copy.root / "path"
    only_apt.mkdir()
    (only_apt / "apt-get").symlink_to(str(shutil.which("apt-get")))
    program = "import os, runpy, sys; os.geteuid = lambda: 1000; sys.argv[:] = ['bootstrap.py', 'test']; "
    program += "runpy.run_path('bootstrap.py', run_name='__main__')"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=copy.root,
        env={**os.environ, "PATH": str(only_apt)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 2
    assert "\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends chromium" in ended.stderr
    assert "xmlsec1 poppler-utils\n" in ended.stderr
    assert not copy.venv.exists()


def write_suite(copy: Copy) -> None:
    (copy.root / "suites").mkdir(exist_ok=True)
    (copy.root / "suites" / "update.robot").write_text(SUITE, encoding="utf-8")


def test_the_environment_finds_a_product_whose_folder_the_code_page_has_not(tmp_path: Path) -> None:
    """A .pth file is read in the machine's code page before Python 3.12.4; here that is ASCII."""
    folder = tmp_path / "Công ty Nắng Mới"
    shutil.copytree(
        ROOT / "libraries", folder / "libraries", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    code = "from setuptools import build_meta; build_meta.build_editable('made')"
    plain = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
    (folder / "made").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, **plain},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = (folder / "made").glob("*.whl")
    with zipfile.ZipFile(wheel) as made:
        paths = [made.read(name) for name in made.namelist() if name.endswith(".pth")]
    assert paths
    assert all(path.isascii() for path in paths)
