"""What every installed PKCS#11 module sees, and which of them a run uses.

Each module is loaded in a short-lived process of its own, so that one that hangs or crashes costs one entry of the
list. Nobody logs in here, and no PIN is asked for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from chukyso.errors import ChukysoError, Code
from chukyso.state import expanded
from chukyso.text import visible
from chukyso.token.child import DIED
from chukyso.token.client import TokenWorker
from chukyso.token.machine import check_machine_type
from chukyso.token.model import TokenCertificate, TokenInfo, UnreadableCertificate
from chukyso.token.modules import InstalledModule, Places, Source, installed_modules
from chukyso.token.not_found import token_not_found

_LOG = logging.getLogger(__name__)

TIMEOUT = 15.0
"""Seconds for one answer of a module: loading it, listing its tokens, reading the certificates of one token."""

_AT_ONCE = 4
# Drivers that talk to the same card at the same time can get into each other's way.
_DISTURBED = {Code.TOKEN_GONE, Code.TOKEN_ERROR}


class ModuleStatus(StrEnum):
    """How the probe of a module ended."""

    OK = "ok"
    WRONG_MACHINE = "wrong-machine"
    LOAD_FAILED = "load-failed"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    FAILED = "failed"


_STATUSES = {
    Code.MODULE_WRONG_MACHINE: ModuleStatus.WRONG_MACHINE,
    Code.MODULE_LOAD_FAILED: ModuleStatus.LOAD_FAILED,
    Code.MODULE_PATH_UNREADABLE: ModuleStatus.LOAD_FAILED,
    Code.MODULE_VARIABLE_MISSING: ModuleStatus.LOAD_FAILED,
    Code.MODULE_NOT_FOUND: ModuleStatus.LOAD_FAILED,
    Code.TOKEN_TIMEOUT: ModuleStatus.TIMEOUT,
}


@dataclass(frozen=True)
class FoundToken:
    """A token as one module shows it.

    Attributes:
        info: What it says about itself.
        certificates: Its certificates, in its order.
        error: Why they could not be read.
        unreadable: Certificates of it that cannot be read or used.
    """

    info: TokenInfo
    certificates: tuple[TokenCertificate, ...] = ()
    error: ChukysoError | None = None
    unreadable: tuple[UnreadableCertificate, ...] = ()

    @property
    def identity(self) -> tuple[str, frozenset[bytes]]:
        """Equal for the same token behind two modules: serial number and certificates."""
        readable = (entry.certificate.der for entry in self.certificates)
        return self.info.serial, frozenset((*readable, *(entry.der for entry in self.unreadable)))

    @property
    def empty(self) -> bool:
        """Whether no certificate at all was read from it."""
        return not (self.certificates or self.unreadable)


@dataclass(frozen=True)
class ProbedModule:
    """The result of probing one module.

    Attributes:
        module: The module.
        status: How the probe ended; what was read before is kept.
        tokens: Tokens that it shows.
        error: Why it ended so, unless it is ``OK``.
    """

    module: InstalledModule
    status: ModuleStatus
    tokens: tuple[FoundToken, ...] = ()
    error: ChukysoError | None = None


def discover(
    modules: Sequence[InstalledModule] | None = None,
    *,
    environment: Mapping[str, str] = MappingProxyType({}),
    timeout: float = TIMEOUT,
    certificates: bool = True,
    done: Callable[[ProbedModule], None] | None = None,
) -> list[ProbedModule]:
    """Probe modules, several at once, and return them in the given order.

    Args:
        modules: Which; by default all that are installed.
        environment: Added to the environment of each probe, such as ``SOFTHSM2_CONF``; never a secret.
        timeout: Seconds for one answer of a module.
        certificates: Read the certificates of every token as well.
        done: Called with each module as it is finished, in whatever order that is; for showing progress.
    """
    wanted = installed_modules() if modules is None else list(modules)
    prober = _Prober(environment, timeout, certificates=certificates)
    results: dict[int, ProbedModule] = {}
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="probe")
    try:
        running = {pool.submit(prober.probe, module): number for number, module in enumerate(wanted)}
        for future in as_completed(running):
            results[running[future]] = future.result()
            if done and not _was_disturbed(future.result()):
                done(future.result())
        for number in sorted(results):
            if _was_disturbed(results[number]):
                results[number] = prober.probe(wanted[number])
                if done:
                    done(results[number])
    finally:
        prober.stop()  # after Ctrl-C nobody waits for a module that hangs
        pool.shutdown(cancel_futures=True)
    return [results[number] for number in sorted(results)]


class _Prober:
    """Probes modules from several threads; can be stopped while it does."""

    def __init__(self, environment: Mapping[str, str], timeout: float, *, certificates: bool) -> None:
        self._environment = environment
        self._timeout = timeout
        self._certificates = certificates
        self._lock = threading.Lock()
        self._workers: set[TokenWorker] = set()
        self._stopped = False

    def probe(self, module: InstalledModule) -> ProbedModule:
        worker = TokenWorker(module.path, self._environment, self._timeout)
        with self._lock:
            if self._stopped:
                worker.close()
            self._workers.add(worker)
        try:
            return self._look(module, worker)
        finally:
            worker.close()
            with self._lock:
                self._workers.discard(worker)

    def stop(self) -> None:
        """End all probes; those that are under way report an error to whoever still listens."""
        with self._lock:
            self._stopped = True
            workers = list(self._workers)
        for worker in workers:
            worker.close()

    def _look(self, module: InstalledModule, worker: TokenWorker) -> ProbedModule:
        tokens: list[FoundToken] = []
        try:
            for info in worker.tokens():
                tokens.append(self._read(worker, info))
                if tokens[-1].error and _status(tokens[-1].error) is not ModuleStatus.FAILED:
                    raise tokens[-1].error  # a module that hung or crashed once is not asked again
        except ChukysoError as error:
            _LOG.info("%s: %s %s", module.path, error.code.name, error.detail)
            return ProbedModule(module, _status(error), tuple(tokens), error)
        return ProbedModule(module, ModuleStatus.OK, tuple(tokens))

    def _read(self, worker: TokenWorker, info: TokenInfo) -> FoundToken:
        if not self._certificates:
            return FoundToken(info)
        try:
            contents = worker.contents(info.serial)
            return FoundToken(info, contents.certificates, unreadable=contents.unreadable)
        except ChukysoError as error:
            return FoundToken(info, error=error)


def _status(error: ChukysoError) -> ModuleStatus:
    if error.context.get("ckr") == DIED:
        return ModuleStatus.CRASHED
    return _STATUSES.get(error.code, ModuleStatus.FAILED)


def _was_disturbed(probed: ProbedModule) -> bool:
    """Whether a second look, with nobody else at the token, may see more."""
    errors = [probed.error, *(token.error for token in probed.tokens)]
    return any(error and error.code in _DISTURBED and error.context.get("ckr") != DIED for error in errors)


def find_module(
    wanted: str | None = None,
    *,
    serial: str | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
    places: Places | None = None,
    timeout: float = TIMEOUT,
) -> Path:
    """Return the PKCS#11 module that a run uses.

    A module that is named is taken, and nothing is probed; so is the only one that is installed. Of several it is the
    one that sees the token. SoftHSM2 is never taken unasked.

    Args:
        wanted: Path of a module; None or "" for the rule above.
        serial: Serial number of the token; None or "" when there is only one.
        environment: What modules need to see their tokens, as for ``discover``.
        places: Where to look for modules; by default where they are installed on this system.
        timeout: Seconds for one answer of a module.

    Raises:
        ChukysoError: ``MODULE_NOT_FOUND``; ``MODULE_WRONG_MACHINE`` also when every module found is for another
            machine; ``MODULE_LOAD_FAILED`` when the file is no library; ``TOKEN_NOT_FOUND`` (``SERVICE_SESSION`` where
            Windows shows none to anybody), ``TOKEN_AMBIGUOUS``; when no module could be asked, why the first could not.
    """
    if wanted:
        path = expanded(Path(wanted)).absolute()
        check_machine_type(path)
        return path
    modules = _loadable(installed_modules(places))
    if len(modules) == 1:
        return modules[0].path  # whatever is wrong with it shows when it is opened
    probed = discover(modules, environment=environment, timeout=timeout, certificates=False)
    return _choose(probed, visible(serial or ""), environment, timeout)


def _loadable(modules: Sequence[InstalledModule]) -> list[InstalledModule]:
    """Those that a run may use and this process can load."""
    refused, loadable = None, []
    for module in modules:
        if module.source is Source.SOFTHSM:
            continue
        try:
            check_machine_type(module.path)
        except ChukysoError as error:
            refused = refused or error
        else:
            loadable.append(module)
    if loadable:
        return loadable
    raise refused or ChukysoError(Code.MODULE_NOT_FOUND, "no well-known module is installed", module="tự động tìm")


def _choose(probed: Sequence[ProbedModule], serial: str, environment: Mapping[str, str], timeout: float) -> Path:
    """The first module, in the given order, that sees the one token."""
    seeing = [each for each in probed if any(_fits(token, serial) for token in each.tokens)]
    if not seeing:
        raise _nothing(probed, serial)
    serials = {token.info.serial for each in seeing for token in each.tokens if _fits(token, serial)}
    if len(seeing) > 1 and len(serials) == 1:
        # Two modules, one serial number: the certificates tell whether it is one token.
        again = discover([each.module for each in seeing], environment=environment, timeout=timeout)
        return _first_of_one_token(again, serials.pop())
    tokens = [token for each in seeing for token in each.tokens if _fits(token, serial)]
    if len(tokens) > 1:
        raise _ambiguous(tokens, seeing)
    return seeing[0].module.path


def _first_of_one_token(probed: Sequence[ProbedModule], serial: str) -> Path:
    """The first of modules that all show a token with this serial number, if it is one and the same.

    A module that reads no certificate from it does not know this kind of card and has no say.
    """
    shown = [(each, token) for each in probed for token in each.tokens if _fits(token, serial)]
    if not shown:
        raise _nothing(probed, serial)
    reading = [(each, token) for each, token in shown if not token.empty] or shown
    twice = len({each.module.path for each, _token in reading}) < len(reading)
    if twice or len({token.identity for _each, token in reading}) > 1:
        raise _ambiguous([token for _each, token in reading], probed)
    return reading[0][0].module.path


def _fits(token: FoundToken, serial: str) -> bool:
    return not serial or token.info.serial == serial


def _ambiguous(tokens: Collection[FoundToken], probed: Sequence[ProbedModule]) -> ChukysoError:
    serials = sorted({token.info.serial for token in tokens})
    detail = "; ".join(_summary(probed))
    return ChukysoError(Code.TOKEN_AMBIGUOUS, detail, count=max(len(serials), 2), serials=", ".join(serials))


def _nothing(probed: Sequence[ProbedModule], serial: str) -> ChukysoError:
    usable = [each for each in probed if each.status is ModuleStatus.OK]
    broken = next((each.error for each in probed if each.error), None)
    if broken and not usable:
        broken.detail += "\nprobed: " + "; ".join(_summary(probed))
        return broken
    names = [each.module.name if each in usable else f"{each.module.name}: {each.status}" for each in probed]
    return token_not_found(serial, "probed: " + "; ".join(_summary(probed)), looked=f"đã dò {', '.join(names)}")


def _summary(probed: Sequence[ProbedModule]) -> Iterator[str]:
    for each in probed:
        serials = ", ".join(token.info.serial for token in each.tokens)
        why = f" ({each.error.code.name})" if each.error else ""
        yield f"{each.module.path}: {each.status}{why}, tokens: {serials or 'none'}"
