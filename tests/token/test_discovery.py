"""Probing every installed module, and which of them a run uses: SoftHSM2 under other names, some of them bad."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chukyso.errors import Code
from chukyso.token import child, discovery, not_found
from chukyso.token.discovery import ModuleStatus, ProbedModule, discover, find_module
from chukyso.token.machine import System, own_system
from chukyso.token.modules import InstalledModule, Places, Source, named_module
from support.token import Entry, SoftHsm, build_shim, failure, issue, softhsm_token
from TokenLibrary.session import Session
from TokenLibrary.token import TokenKeywords

pytestmark = pytest.mark.skipif(own_system() is not System.LINUX, reason="file names of the registry for Linux")

SHORT = 3.0
"""Seconds for modules that hang; the others answer in a tenth of that."""

# File names of the registry, in its order.
FPT, FEITIAN, WATCHDATA, OPENSC = "fptca_v4.so", "libcastle.so", "libwdpkcs.so", "opensc-pkcs11.so"


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_shim(tmp_path_factory.mktemp("shim"))


@dataclass(frozen=True)
class Machine:
    """A directory of drivers, all of them SoftHSM2 underneath."""

    hsm: SoftHsm
    shim: Path
    drivers: Path

    def install(self, name: str, words: str = "") -> Path:
        """A driver with a bad habit of its own."""
        path = self.drivers / name
        shutil.copy(self.shim, path)
        Path(f"{path}.words").write_text(words, encoding="utf-8")
        return path

    @property
    def environment(self) -> dict[str, str]:
        return {
            **self.hsm.environment,
            "SHIM_MODULE": str(self.hsm.module),
            "SHIM_JOURNAL": str(self.hsm.directory / "journal"),
        }

    @property
    def journal(self) -> list[str]:
        path = self.hsm.directory / "journal"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def places(self) -> Places:
        return Places((self.drivers,))

    def discover(self, *paths: Path, timeout: float = 20) -> list[ProbedModule]:
        return discover([named_module(path) for path in paths], environment=self.environment, timeout=timeout)

    def find(self, serial: str = "") -> str:
        """Name of the file that a run would load."""
        return find_module(serial=serial, environment=self.environment, places=self.places).name


@pytest.fixture
def machine(shim: Path, tmp_path: Path) -> Machine:
    (tmp_path / "drivers").mkdir()
    return Machine(softhsm_token(tmp_path / "hsm"), shim, tmp_path / "drivers")


@pytest.fixture
def token(machine: Machine) -> tuple[str, Entry]:
    entry = issue()
    return machine.hsm.add_token("Văn thư", entries=[entry]), entry


class TestDiscover:
    def test_bad_modules_cost_an_entry_each_and_no_more(self, machine: Machine, token: tuple[str, Entry]) -> None:
        serial, entry = token
        text = machine.drivers / "text.so"
        text.write_text("no library")
        expected = {
            machine.install("good.so"): ModuleStatus.OK,
            machine.install("hangs-loading.so", "hang-load"): ModuleStatus.TIMEOUT,
            machine.install("hangs-listing.so", "hang-info"): ModuleStatus.TIMEOUT,
            machine.install("crashes-loading.so", "crash-load"): ModuleStatus.CRASHED,
            machine.install("crashes-listing.so", "crash-info"): ModuleStatus.CRASHED,
            text: ModuleStatus.LOAD_FAILED,
            machine.drivers / "missing.so": ModuleStatus.LOAD_FAILED,
            machine.install("sick.so", "C_GetTokenInfo=0x6"): ModuleStatus.FAILED,
            machine.install("also-good.so"): ModuleStatus.OK,
        }
        found = machine.discover(*expected, timeout=SHORT)
        assert {each.module.path: each.status for each in found} == expected
        assert [each.module.path for each in found] == list(expected)  # in the order that was asked for
        for each in found:
            assert (each.error is None) == (each.status is ModuleStatus.OK)
            if each.status is ModuleStatus.OK:
                (seen,) = each.tokens
                assert (seen.info.serial, seen.info.label) == (serial, "Văn thư")
                assert [known.certificate for known in seen.certificates] == [entry.parsed]
        assert machine.journal.count("C_Login") == 0

    def test_tokens_that_were_seen_are_kept_when_their_certificates_hang_or_crash(
        self, machine: Machine, token: tuple[str, Entry]
    ) -> None:
        hangs, crashes = machine.install("hangs.so", "hang-read"), machine.install("crashes.so", "crash-read")
        found = machine.discover(hangs, crashes, timeout=SHORT)
        assert [each.status for each in found] == [ModuleStatus.TIMEOUT, ModuleStatus.CRASHED]
        for each in found:
            assert [(seen.info.serial, seen.certificates) for seen in each.tokens] == [(token[0], ())]
            assert each.tokens[0].error is each.error

    def test_one_unreadable_token_says_nothing_about_the_module(self, machine: Machine) -> None:
        machine.hsm.add_token("trống")
        broken = machine.install("broken.so", "C_GetAttributeValue=0x6")
        machine.hsm.add_token("có", entries=[issue()])
        (found,) = machine.discover(broken)
        assert found.status is ModuleStatus.OK
        errors = {seen.info.label: seen.error.code if seen.error else None for seen in found.tokens}
        assert errors == {"trống": None, "có": Code.TOKEN_ERROR}

    def test_module_for_another_machine_is_not_loaded(self, machine: Machine) -> None:
        driver = machine.install("other.so")
        content = bytearray(driver.read_bytes())
        content[18:20] = b"\x02\x00"  # SPARC
        driver.write_bytes(content)
        (found,) = machine.discover(driver)
        assert found.status is ModuleStatus.WRONG_MACHINE
        assert found.error is not None
        assert found.error.code is Code.MODULE_WRONG_MACHINE

    def test_drivers_that_disturb_each_other_are_asked_again_alone(
        self, machine: Machine, token: tuple[str, Entry]
    ) -> None:
        """While another one holds the card, this one answers an error; afterwards it does not."""
        shy = machine.install("shy.so", "C_GetTokenInfo=0x6")
        good = machine.install("good.so")
        done: list[Path] = []

        def finished(probed: ProbedModule) -> None:
            done.append(probed.module.path)
            Path(f"{shy}.words").write_text("", encoding="utf-8")

        modules = [named_module(shy), named_module(good)]
        found = discover(modules, environment=machine.environment, done=finished)
        assert [each.status for each in found] == [ModuleStatus.OK, ModuleStatus.OK]
        assert found[0].tokens[0].info.serial == token[0]
        assert done == [good, shy]  # each once, when it is settled

    def test_several_at_once_but_not_all(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        alive, most, lock = 0, 0, threading.Lock()

        class Counted(child.Child):
            def __init__(self, *arguments: object) -> None:
                nonlocal alive, most
                with lock:
                    alive += 1
                    most = max(most, alive)
                super().__init__(*arguments)  # type: ignore[arg-type]

            def end(self) -> None:
                nonlocal alive
                super().end()
                with lock:
                    alive -= 1

        monkeypatch.setattr("chukyso.token.client.Child", Counted)
        found = machine.discover(*(machine.install(f"driver-{number}.so") for number in range(8)))
        assert all(each.status is ModuleStatus.OK for each in found)
        assert 1 < most <= 4
        assert alive == 0

    def test_ctrl_c_waits_for_no_module(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        hangs = machine.install("hangs.so", "hang-load")
        started: list[child.Child] = []

        class Known(child.Child):
            def __init__(self, *arguments: object) -> None:
                super().__init__(*arguments)  # type: ignore[arg-type]
                started.append(self)

        def interrupted(running: object) -> Iterator[object]:
            while not started:
                pass
            raise KeyboardInterrupt

        monkeypatch.setattr("chukyso.token.client.Child", Known)
        monkeypatch.setattr(discovery, "as_completed", interrupted)
        with pytest.raises(KeyboardInterrupt):
            machine.discover(hangs)
        assert started[0]._process.poll() is not None
        assert not started[0]._timed_out

    def test_nothing_installed(self) -> None:
        assert discover([]) == []


class TestFindModule:
    def test_driver_that_sees_the_token(self, machine: Machine, token: tuple[str, Entry]) -> None:
        machine.install(FEITIAN, "crash-load")
        machine.install(WATCHDATA, "C_GetTokenInfo=0xE0")
        machine.install(OPENSC)
        assert machine.find() == OPENSC
        assert machine.find(token[0]) == OPENSC

    def test_named_module_is_not_probed(self, machine: Machine) -> None:
        hangs = machine.install(FEITIAN, "hang-load")
        machine.install(OPENSC)
        assert find_module(str(hangs), places=machine.places) == hangs

    def test_no_token_names_what_was_probed(self, machine: Machine) -> None:
        machine.install(FEITIAN)
        machine.install(WATCHDATA, "crash-load")
        for serial, wanted in (("", "token nào"), ("4711", "token 4711")):
            error = failure(lambda serial=serial: machine.find(serial))
            assert error.code is Code.TOKEN_NOT_FOUND
            assert f"Không tìm thấy {wanted} (đã dò Feitian ePass2003, Watchdata: crashed)." in str(error)
            assert f"{machine.drivers / WATCHDATA}: crashed (MODULE_LOAD_FAILED)" in error.detail

    def test_other_tokens_do_not_stand_in_for_the_one_that_is_asked_for(
        self, machine: Machine, token: tuple[str, Entry]
    ) -> None:
        machine.install(FEITIAN)
        machine.install(OPENSC)
        error = failure(lambda: machine.find("4711"))
        assert error.code is Code.TOKEN_NOT_FOUND
        assert token[0] in error.detail

    def test_when_no_module_answers_its_error_is_told(self, machine: Machine) -> None:
        machine.install(FEITIAN, "crash-load")
        machine.install(OPENSC, "crash-load")
        error = failure(machine.find)
        assert error.code is Code.MODULE_LOAD_FAILED
        assert FEITIAN in str(error)
        assert OPENSC in error.detail

    def test_two_tokens_behind_one_driver(self, machine: Machine, token: tuple[str, Entry]) -> None:
        second = machine.hsm.add_token("hai", entries=[issue()])
        machine.install(FEITIAN)
        machine.install(OPENSC, "C_GetTokenInfo=0xE0")
        error = failure(machine.find)
        assert error.code is Code.TOKEN_AMBIGUOUS
        assert token[0] in str(error)
        assert second in str(error)
        assert machine.find(second) == FEITIAN

    def test_two_tokens_behind_two_drivers(self, machine: Machine, token: tuple[str, Entry]) -> None:
        machine.install(FEITIAN, "other-token")
        machine.install(OPENSC)
        error = failure(machine.find)
        assert (error.code, error.context["count"]) == (Code.TOKEN_AMBIGUOUS, 2)
        assert machine.find(token[0]) == OPENSC

    def test_one_token_behind_two_drivers_is_one(self, machine: Machine, token: tuple[str, Entry]) -> None:
        machine.install(OPENSC)
        machine.install(FPT)
        machine.install(WATCHDATA)
        assert machine.find() == machine.find(token[0]) == FPT

    @pytest.mark.usefixtures("token")
    def test_driver_that_reads_no_certificate_has_no_say(self, machine: Machine) -> None:
        machine.install(FPT, "C_GetAttributeValue=0x6")
        machine.install(OPENSC)
        assert machine.find() == OPENSC

    def test_equal_serial_numbers_with_other_certificates_are_two_tokens(
        self, machine: Machine, token: tuple[str, Entry]
    ) -> None:
        machine.install(FEITIAN, "other-certificates")
        machine.install(OPENSC)
        error = failure(lambda: machine.find(token[0]))
        assert error.code is Code.TOKEN_AMBIGUOUS

    def test_keyword_opens_the_token_with_the_driver_that_sees_it(
        self, machine: Machine, token: tuple[str, Entry], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        machine.install(FEITIAN, "crash-load")
        machine.install(WATCHDATA, "other-token")
        driver = machine.install(OPENSC)
        monkeypatch.setattr(Places, "of_this_system", lambda: machine.places)
        session = Session()
        try:
            opened = TokenKeywords(session).open_token(Path(), serial=token[0], environment=machine.environment)
        finally:
            session.close()
        assert (opened.serial, opened.module) == (token[0], str(driver))

    @pytest.mark.usefixtures("token")
    def test_nobody_logs_in(self, machine: Machine) -> None:
        machine.install(FEITIAN)
        machine.install(OPENSC)
        machine.find()
        assert machine.journal
        assert not [line for line in machine.journal if "Login" in line or "read-write" in line]


class TestServiceSession:
    """Session 0 of Windows sees no smart card, and says nothing about it."""

    def test_no_token_is_explained(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        machine.install(FEITIAN)
        machine.install(OPENSC)
        monkeypatch.setattr(not_found, "in_service_session", lambda: True)
        error = failure(machine.find)
        assert error.code is Code.SERVICE_SESSION
        assert "session 0" in str(error)

    @pytest.mark.usefixtures("token")
    def test_a_token_that_is_seen_all_the_same_is_used(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        machine.install(FEITIAN, "C_GetTokenInfo=0xE0")
        machine.install(OPENSC)
        monkeypatch.setattr(not_found, "in_service_session", lambda: True)
        assert machine.find() == OPENSC

    def test_named_module_without_token_is_explained(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(not_found, "in_service_session", lambda: True)
        with discovery.TokenWorker(machine.hsm.module, machine.hsm.environment) as worker:
            assert failure(worker.token).code is Code.SERVICE_SESSION

    @pytest.mark.parametrize(("known", "session", "answer"), [(True, 0, 0), (True, 2, 2), (False, 0, None)])
    def test_what_windows_answers(self, known: bool, session: int, answer: int | None) -> None:
        class Kernel32:
            """As far as it is asked (processthreadsapi.h); there is none to ask here."""

            @staticmethod
            def ProcessIdToSessionId(process: int, result: object) -> int:  # noqa: N802 - its name
                assert process == 4711
                result._obj.value = session  # type: ignore[attr-defined] - what byref() points to
                return int(known)

        assert not_found.session_of(4711, Kernel32) == answer

    def test_this_is_no_service(self) -> None:
        assert not_found.in_service_session() is False


def test_modules_know_where_they_come_from(machine: Machine) -> None:
    driver = machine.install(FEITIAN)
    (found,) = machine.discover(driver)
    assert found.module == InstalledModule(driver, "Feitian ePass2003", Source.NAMED)
