"""Surroundings that fail: no home directory, no place for temporary files, an odd locale or time zone, no keyring."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chukyso.children import child_environment
from chukyso.errors import ChukysoError, Code
from chukyso.pin.reference import resolve_secret
from chukyso.sandbox.details import SandboxDetails
from chukyso.state import VARIABLE, state_directory
from chukyso.storage.places import check_state, check_temporary, settle_temporary, try_place
from chukyso.token.client import TokenWorker
from chukyso.token.modules import named_variables, variables_of
from support.paths import ROOT
from support.run import SUITE, RunUpdate
from support.token import softhsm_token

Account = Callable[..., SandboxDetails]
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
CHUKYSO = [sys.executable, "-c", "from chukyso.cli import main; main()"]
# A container under a number that no user has: no HOME, and nobody in /etc/passwd.
NOBODY = ["unshare", "--map-user=4321", "env", "-u", "HOME"]


def is_nobody_possible() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*NOBODY, "true"], capture_output=True, check=False).returncode == 0


nobody = pytest.mark.skipif(not is_nobody_possible(), reason="needs user and mount namespaces of Linux")
linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc takes no files")


def without(*names: str, **added: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in names} | added


def said(command: list[str], **how: object) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, timeout=120, check=False, **how)  # type: ignore[call-overload]
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "backslashreplace")


# Places


def test_trying_a_place_leaves_nothing_there(tmp_path: Path) -> None:
    before = tmp_path.stat().st_mtime_ns
    assert try_place(tmp_path / "not" / "there" / "yet") > 0
    assert list(tmp_path.iterdir()) == []
    assert tmp_path.stat().st_mtime_ns == before


INTERRUPTED = """
import sys
from pathlib import Path
from chukyso.storage.places import try_place

def interrupt(event, _):
    global removed
    if event == "os.rmdir" and not removed:
        removed = True
        raise KeyboardInterrupt

removed = False
sys.addaudithook(interrupt)
try:
    try_place(Path(sys.argv[1]))
except KeyboardInterrupt:
    sys.exit(7)
"""


def test_trying_a_place_leaves_nothing_there_when_it_is_interrupted(tmp_path: Path) -> None:
    """While it removes what it made, when nothing but the end of the process could do that."""
    assert said([sys.executable, "-c", INTERRUPTED, str(tmp_path)])[0] == 7
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["file", "file/below", pytest.param("/proc/none", marks=linux), "x" * 300])
def test_places_that_cannot_be_used(tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    where = tmp_path / place
    if len(place) < 300:
        with pytest.raises((NotADirectoryError, FileNotFoundError, PermissionError)):
            try_place(where)
        monkeypatch.setenv(VARIABLE, str(where))
        with pytest.raises(ChukysoError) as caught:
            check_state()
        assert caught.value.code is Code.STATE_NOT_WRITABLE
        assert str(where) in str(caught.value)
        assert VARIABLE in str(caught.value)
    monkeypatch.setenv("TMPDIR", str(where))
    told = settle_temporary()
    assert f"TMPDIR={where}: không dùng được" in told
    assert Path(os.environ["TMPDIR"]).is_dir()
    assert settle_temporary() == ""
    check_temporary()


def test_no_place_for_temporary_files_at_all(tmp_path: Path) -> None:
    program = (
        "from chukyso.storage.places import check_temporary, settle_temporary\nsettle_temporary(); check_temporary()"
    )
    nowhere = "mount -t tmpfs -o ro none /tmp && mount -t tmpfs -o ro none /var/tmp"
    command = ["unshare", "-r", "-m", "sh", "-c", f'{nowhere}; cd /proc && exec "$@"', "sh"]
    if not is_nobody_possible():
        pytest.skip("needs user and mount namespaces of Linux")
    if Path(sys.prefix).is_relative_to("/tmp"):
        pytest.skip("this program lies where the test lets nothing be")
    code, text = said([*command, sys.executable, "-c", program])
    assert code == 1
    assert "TEMP_NOT_WRITABLE" in text, text


@nobody
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["pin", "list"], 1, "STATE_NOT_WRITABLE"),
        (["pin", "forget", "--all"], 1, "STATE_NOT_WRITABLE"),
        (["evidence", "verify", "."], 2, "EVIDENCE_UNREADABLE"),
        (["evidence", "catalogue", "."], 1, "EVIDENCE_UNREADABLE"),
        (["tokens", "--json"], 0, '"tokens"'),
        (["doctor", "--json"], 1, "STATE_NOT_WRITABLE"),
        (["guide", "."], 1, "EVIDENCE_UNREADABLE"),
    ],
    ids=str,
)
def test_commands_of_a_user_without_a_home(tmp_path: Path, arguments: list[str], code: int, told: str) -> None:
    ended, text = said([*NOBODY, *CHUKYSO, *arguments], cwd=tmp_path, env=without(VARIABLE, "XDG_STATE_HOME"))
    assert "Traceback" not in text
    assert ended == code, text
    assert told in text


@nobody
def test_a_state_directory_that_is_named_needs_no_home(tmp_path: Path) -> None:
    environment = without(**{VARIABLE: str(tmp_path / "state")})
    assert said([*NOBODY, *CHUKYSO, "pin", "list"], cwd=tmp_path, env=environment)[0] == 0


def test_home_that_is_no_absolute_path_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", "here")
    with pytest.raises(ChukysoError, match="STATE_NOT_WRITABLE"):
        state_directory()


def test_what_nobody_foresaw_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    broken = "import chukyso.pin.memory as m\nm.FailedPins.failures = lambda self: 1 / 0\n"
    program = f"{broken}from chukyso.cli import main\nmain()"
    code, text = said([sys.executable, "-c", program, "pin", "list"], cwd=tmp_path)
    assert code == 70
    assert text.startswith("[UNEXPECTED] ")
    assert "ZeroDivisionError" in text


# Secrets


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("file:~nobody-of-this-name/pin", "không có tệp này"),
        ("keyring:service/name", "máy này không có kho mật khẩu nào cho keyring"),
    ],
)
def test_why_a_secret_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str, reason: str
) -> None:
    import keyring
    from keyring.backends.fail import Keyring

    monkeypatch.chdir(tmp_path)
    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # what keyring chooses where there is no other
    try:
        with pytest.raises(ChukysoError) as caught:
            resolve_secret(reference, "TOKEN_PIN")
    finally:
        keyring.set_keyring(before)
    assert caught.value.code is Code.SECRET_UNREADABLE
    assert f"Không đọc được TOKEN_PIN từ {reference}: {reason}" in str(caught.value)


# Modules that need a variable


def test_modules_get_the_variables_that_they_are_known_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PKCS11_PROXY_SOCKET", "YUBIHSM_PKCS11_CONF", "P11_KIT_SERVER_ADDRESS", "TOKEN_PIN"):
        monkeypatch.setenv(name, "x")
    proxy = child_environment({}, variables_of(Path("/usr/lib/libpkcs11-proxy.so.0")))
    assert "PKCS11_PROXY_SOCKET" in proxy
    assert not {"YUBIHSM_PKCS11_CONF", "P11_KIT_SERVER_ADDRESS", "TOKEN_PIN"} & proxy.keys()
    assert "P11_KIT_SERVER_ADDRESS" in child_environment({}, variables_of(Path("p11-kit-client.so")))
    assert variables_of(Path("/usr/lib/libcastle.so")) == ()


def test_module_that_fails_without_its_variable_is_told_so(
    shim: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module that misbehaves, under the name of one that reads a variable: without its own it cannot start."""
    monkeypatch.delenv("PKCS11_PROXY_SOCKET", raising=False)
    module = tmp_path / "libpkcs11-proxy.so"
    shutil.copy(shim, module)
    with pytest.raises(ChukysoError) as caught, TokenWorker(module, {}, 20) as worker:
        worker.tokens()
    assert caught.value.code is Code.MODULE_VARIABLE_MISSING
    assert "“libpkcs11-proxy.so” đọc biến môi trường PKCS11_PROXY_SOCKET, nhưng" in str(caught.value)
    monkeypatch.setenv("PKCS11_PROXY_SOCKET", "tcp://127.0.0.1:1")
    with pytest.raises(ChukysoError, match="MODULE_LOAD_FAILED"), TokenWorker(module, {}, 20) as worker:
        worker.tokens()


def test_a_profile_names_what_its_module_needs(shim: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hsm = softhsm_token(tmp_path)
    serial = hsm.add_token(entries=[])
    for name, value in {"SHIM_MODULE": str(hsm.module), "SHIM": "", **hsm.environment}.items():
        monkeypatch.setenv(name, value)
    with TokenWorker(shim, named_variables(["SHIM_MODULE", "SHIM"]), 20) as worker:
        assert [token.serial for token in worker.tokens()] == [serial]
    with pytest.raises(ChukysoError, match=r"MODULE_VARIABLE_MISSING.*SHIM_NOT_SET"):
        named_variables(["SHIM", "SHIM_NOT_SET"])


# Whole runs


@pytest.mark.nightly
@pytest.mark.slow
@linux
def test_locale_time_zone_and_temporary_directory_that_nobody_knows(
    run_update: RunUpdate, account: Account, tmp_path: Path
) -> None:
    """Signed, verified and sealed all the same."""
    surroundings = {**ASCII, "TZ": "ICT-7", "TMPDIR": str(tmp_path / "nowhere")}
    run = run_update(account(), SEAL="auto", env=surroundings)
    run.ended("updated")
    assert (run.directory / "evidence" / "report.pdf").stat().st_size > 10_000, run.console
    assert f"TMPDIR={tmp_path / 'nowhere'}" in run.console


@pytest.mark.slow
@linux
@pytest.mark.parametrize(
    "home", ["/proc", *(pytest.param(home, marks=pytest.mark.nightly) for home in ("relative", "/dev/null"))]
)
def test_run_of_a_user_whose_home_cannot_be_written(home: str, run_update: RunUpdate, account: Account) -> None:
    run = run_update(account(), env={"HOME": home, VARIABLE: "", "XDG_STATE_HOME": ""})
    run.ended("stopped", "STATE_NOT_WRITABLE")
    assert "CHUKYSO_STATE_DIR" in run.console


@linux
@pytest.mark.parametrize(
    ("name", "locale", "reason"),
    [
        ("kết quả".encode(), ASCII, "LC_ALL"),
        pytest.param(b"k\xe9t", {}, "không phải UTF-8", marks=pytest.mark.nightly),
        pytest.param(b"\xff\xfe", ASCII, "LC_ALL", marks=pytest.mark.nightly),
    ],
)
def test_output_directory_whose_name_cannot_be_handed_on(
    tmp_path: Path, name: bytes, locale: dict[str, str], reason: str
) -> None:
    output = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118 - bytes
    command = [os.fsencode(word) for word in (sys.executable, "-m", "robot", "--outputdir")]
    done = subprocess.run(
        [*command, output, os.fsencode(SUITE)],
        cwd=ROOT,
        env={**os.environ, **locale},
        capture_output=True,
        timeout=120,
        check=False,
    )
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == 1, text
    assert "[OPTION_INVALID]" in text
    assert reason in text
    assert "Traceback" not in text
    assert not os.path.exists(os.path.join(output, b"evidence", b"manifest.json"))  # noqa: PTH110, PTH118
