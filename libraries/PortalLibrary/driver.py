"""The process that drives the browser: every call to it has a deadline, and a browser that is gone has one name.

A call of the Browser library waits for ever when the driver or the browser is frozen, and says in the driver's words
what went wrong when they died. Here it ends in time, with ``BROWSER_CLOSED``. docs/decisions/0017 says why so.
"""

from __future__ import annotations

import atexit
import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import grpc  # the Browser library brings it along
from Browser import Browser
from Browser.generated import playwright_pb2_grpc
from Browser.generated.playwright_pb2 import Request
from Browser.playwright import Playwright, grpc_channel_options
from robot.errors import RobotError

from chukyso.errors import ChukysoError, Code
from chukyso.orphans import MARK, end_family, end_marked
from chukyso.scratch import temporary_files_in
from chukyso.typeface import beside_other_fonts
from ChukysoKeywords import interrupted
from PortalLibrary.given import named_in_references

_START_SECONDS = 60  # against a hang; a machine with much to do takes longer than the Browser library grants
_ASK_AGAIN = 0.03  # seconds; whether it answers yet
_CLOCKS = 0.1  # seconds; gRPC has a clock of its own
_LAUNCH_SECONDS = 60  # for the browser itself to start; Playwright gives it half of that
_ENDED = "No Browser is open: it was ended"  # the driver's own words, by which the Browser library knows the state
# What the driver says when the page of a call is gone and not the driver itself.
_PAGE_GONE = ("has been closed", "Target crashed", "Could not find active page")


class _Limited:
    """The driver's calls, each with a deadline.

    Args:
        stub: The calls.
        driver: Whose they are. It is told when nobody answered in time; gRPC's status for that is used for time-outs in
            the page, too.
    """

    def __init__(self, stub: Any, driver: Driver) -> None:
        self._stub = stub
        self._driver = driver

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._stub, name)
        usual = max(self._driver.seconds, _LAUNCH_SECONDS) if name == "NewBrowser" else self._driver.seconds

        def limited(request: Any, timeout: float | None = None) -> Any:
            seconds, begun = timeout or usual, time.monotonic()
            try:
                return call(request, timeout=seconds)
            except grpc.RpcError as error:
                late = time.monotonic() - begun >= seconds - _CLOCKS
                if late and error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                    self._driver.lose(f"{name}: no answer within {seconds:g} s")
                raise

        return limited


class Driver(Playwright):  # type: ignore[misc]  # the Browser library ships no type information
    """The driver of the Browser library, which ends with its browser when either does not answer any more.

    Args:
        library: The Browser library.
        scratch: Where driver and browser put their temporary files; it also marks them as this run's.

    Attributes:
        seconds: How long a call may take that has no deadline of its own.
        browser_seconds: How long the browser itself may take to show that it is there, seconds.
        closed: Why nothing can be done in the browser any more, English; else "".
    """

    def __init__(self, library: Browser, scratch: Path) -> None:
        super().__init__(
            library,
            library.enable_playwright_debug,
            library.playwright_process_host,
            library.playwright_process_port,
            library._playwright_log,
        )
        self.closed = ""
        self.seconds = self.browser_seconds = float(_START_SECONDS)
        self._scratch = scratch
        self._calls: _Limited | None = None
        self._early = False  # started, and nobody asked for it yet
        self._started: Popen[bytes] | None = None
        self._ended = False

    @contextlib.contextmanager
    def grpc_channel(self, original_error: bool = False) -> Iterator[Any]:
        """As in the Browser library, with one stub for all calls (it makes a hundred methods anew for each).

        What only means that the browser is gone becomes ``BROWSER_CLOSED``.
        """
        if self._ended:
            raise ConnectionError(_ENDED)
        self._raise_if_closed()
        self._playwright_process  # noqa: B018 - started by whoever asks for it first
        try:
            if self._calls is None:
                self._calls = _Limited(playwright_pb2_grpc.PlaywrightStub(self._channel), self)
            yield self._calls
        except RobotError:  # Ctrl-C or a test's time-out: Robot needs it as it is
            raise
        except grpc.RpcError as error:
            self._look(error)
            if original_error:
                raise
            raise AssertionError(error.details()) from error
        except Exception as error:
            self._look(error)
            raise AssertionError(str(error)) from error

    @property
    def over(self) -> bool:
        """Whether nothing can be done any more before ``start_anew``."""
        return self._ended or bool(self.closed)

    def end(self) -> None:
        """End driver and browser in whatever state they are; there is none from now on."""
        self._stop()
        self._ended = True

    def start_anew(self) -> None:
        """End what is left, and let the next call start a driver."""
        self._stop()
        self.__dict__.pop("_channel", None)
        self._calls = None
        self.host = self.port = None
        self.closed, self._ended = "", False

    def adopt(self, other: Playwright) -> None:
        """Go on with the process of another one, if it started one: an extension is loaded when the library is.

        The driver's process knows extensions and browsers by the connection that they came on.
        """
        process = other.__dict__.get("_playwright_process")
        if process is None:
            return
        self._stop()
        self.host, self.port = other.host, other.port
        self.__dict__["_playwright_process"] = self._started = process
        self.__dict__["_channel"] = other._channel
        atexit.unregister(other.close)
        atexit.register(self.close)

    def start_early(self) -> None:
        """Start the driver's process and go on at once: the first call waits until it answers.

        What goes wrong here goes wrong again then, where it can be told.
        """
        try:
            self._early = self.start_playwright() is not None
        except (OSError, RuntimeError):
            self.host = self.port = None
        atexit.register(self._stop)

    # Of the Browser library, with deadlines

    def start_playwright(self) -> Popen[bytes] | None:
        if self._early:
            self._early = False
            return self._started
        environment = {**beside_other_fonts(self._scratch), **dict.fromkeys(named_in_references(), None)}
        with temporary_files_in(self._scratch, environment):
            self._started = super().start_playwright()
        return self._started

    def wait_until_server_up(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            options = grpc_channel_options(self.host)
            with grpc.insecure_channel(f"{self.host}:{self.port}", options=options) as channel:
                try:
                    playwright_pb2_grpc.PlaywrightStub(channel).Health(Request().Empty(), timeout=_START_SECONDS)
                except grpc.RpcError:
                    if self._started is not None and self._started.poll() is not None:
                        self.lose("the driver's process ended before it answered")
                        self._raise_if_closed()
                    time.sleep(_ASK_AGAIN)
                else:
                    return
        raise RuntimeError(f"the driver did not answer within {_START_SECONDS} s")

    # What an error means

    def _look(self, error: Exception) -> None:
        """Raise ``BROWSER_CLOSED`` when that is what the error means."""
        self._raise_if_closed()
        if interrupted():  # a call that was broken off keeps its lock: another one could wait for ever
            return
        said = str(error.details() if isinstance(error, grpc.RpcError) else error)
        if self._driver_ended(error):
            self.lose("the driver's process ended")
        else:
            self._ask_browser()
        self._raise_if_closed()
        # Not more of what it said: the driver quotes what it could not type.
        for words in (*_PAGE_GONE, Code.BROWSER_CLOSED.name):
            if words in said:
                raise ChukysoError(Code.BROWSER_CLOSED, f"the page is gone: {words}")

    def _driver_ended(self, error: Exception) -> bool:
        unavailable = isinstance(error, grpc.RpcError) and error.code() is grpc.StatusCode.UNAVAILABLE
        return unavailable or (self._started is not None and self._started.poll() is not None)

    def _ask_browser(self) -> None:
        """Ask for something that only the browser itself can do, that changes nothing and tells nothing."""
        try:
            playwright_pb2_grpc.PlaywrightStub(self._channel).ClearPermissions(
                Request().Empty(), timeout=self.browser_seconds
            )
        except grpc.RpcError as error:
            self.lose(f"the browser ended: {error.code()}")
        except ValueError as error:  # the Browser library closes its channel when Python ends
            self.lose(str(error))

    def lose(self, reason: str) -> None:
        if not self.closed:
            self.closed = reason
            self._stop()

    def _stop(self) -> None:
        started, self._started, self._early = self._started, None, False
        self.__dict__.pop("_playwright_process", None)  # nor does the Browser library end it again at exit
        if started:
            end_family(started)  # the Browser library's own way trips over a child that ends meanwhile
            end_marked(MARK, str(self._scratch))  # a browser whose driver died before it

    def _raise_if_closed(self) -> None:
        if self.closed:
            raise ChukysoError(Code.BROWSER_CLOSED, self.closed)


def take_over(library: Browser, scratch: Path, early: Driver | None = None) -> Driver:
    """The Browser library's driver; put in its place unless it was before.

    Args:
        library: The Browser library.
        scratch: Where driver and browser put their temporary files.
        early: A driver that was started already, which the Browser library does not know of yet: it would wait for it
            at the start of the suite.
    """
    found = library._playwright
    if isinstance(found, Driver):
        return found
    driver = library._playwright = early or Driver(library, scratch)
    if found is not None:
        driver.adopt(found)
    return driver
