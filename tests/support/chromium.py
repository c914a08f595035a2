"""A real Chromium, headless, driven over its DevTools protocol: what the attacker's pages run in."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect

from chukyso.browser import can_sandbox_processes, find_browser
from support.attack import SECONDS, poll, tls_site

_NEXT_PAGE = ("Inspected target navigated or closed", "Cannot find context with specified id")


class NextPageError(AssertionError):
    """The page that was asked something has given way to the next one."""


class Chromium:
    """A browser process, and the one DevTools connection to it."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0
        self._results: dict[int, dict[str, Any]] = {}
        self.events: deque[dict[str, Any]] = deque(maxlen=1000)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Call a method of the DevTools protocol and return its result."""
        return self.result(self.send(method, session, **parameters))

    def send(self, method: str, session: str | None = None, **parameters: Any) -> int:
        """Call a method and return the number of the call."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._socket.send(json.dumps({**message, "sessionId": session} if session else message))
        return self._number

    def result(self, number: int) -> dict[str, Any]:
        """Wait for the answer to a call."""
        while number not in self._results:
            self._receive()
        answer = self._results.pop(number)
        if answer.get("error", {}).get("message") in _NEXT_PAGE:
            raise NextPageError(answer)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def event(self, name: str, session: str) -> dict[str, Any]:
        """Wait for an event that was not asked for yet, and return what it says."""
        while True:
            for event in self.events:
                if event["method"] == name and event.get("sessionId") == session:
                    self.events.remove(event)
                    parameters: dict[str, Any] = event["params"]
                    return parameters
            self._receive()

    def _receive(self) -> None:
        message: dict[str, Any] = json.loads(self._socket.recv(timeout=SECONDS))
        if "method" in message:
            self.events.append(message)
        else:
            self._results[message["id"]] = message

    def first_tab(self) -> Tab:
        """A new page in the browser's own profile, where its extensions work."""
        return Tab(self, self.call("Target.createTarget", url="about:blank")["targetId"])

    @contextmanager
    def tab(self, url: str = "about:blank") -> Iterator[Tab]:
        """A page in a browser profile of its own: no permissions, no cookies, no cache of another test."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        try:
            tab = Tab(self, self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"])
            tab.context = context
            yield tab.goto(url) if url != "about:blank" else tab
        finally:
            self.call("Target.disposeBrowserContext", browserContextId=context)


class Tab:
    """A page of the browser."""

    context = ""

    def __init__(self, browser: Chromium, target: str) -> None:
        self._browser = browser
        self.target = target
        self._answers: dict[str, dict[str, Any]] = {}
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **parameters)

    def goto(self, url: str) -> Self:
        """Load a page; it must load."""
        error = self.try_goto(url)
        assert not error, f"{url}: {error}"
        return self

    def try_goto(self, url: str) -> str:
        """Load a page and return the browser's error, if any."""
        number = self.start(url)
        if url in self._answers:
            self.fulfil(url)
        return self.finish(number)

    def start(self, url: str) -> int:
        """Begin to load a page."""
        self.forget("Page.loadEventFired")
        return self._browser.send("Page.navigate", self._session, url=url)

    def finish(self, number: int) -> str:
        """Wait until the page that was begun is loaded; the browser's error, if any."""
        answer = self._browser.result(number)
        if answer.get("errorText"):
            return str(answer["errorText"])
        self.event("Page.loadEventFired")
        return ""

    def event(self, name: str) -> dict[str, Any]:
        return self._browser.event(name, self._session)

    def forget(self, name: str) -> None:
        """Do not mistake an event that is past for the next one."""
        events = self._browser.events
        kept = [one for one in events if (one["method"], one.get("sessionId")) != (name, self._session)]
        events.clear()
        events.extend(kept)

    def run(self, script: str) -> Any:
        """Evaluate JavaScript, wait for its promise, and return its value."""
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until an expression is true in the page, or in the one that follows."""

        def holds() -> bool:
            try:
                return bool(self.run(f"Boolean({script})"))
            except NextPageError:
                return False

        poll(holds)

    def pretend(self, url: str, content: str, status: int = 200, **headers: str) -> None:
        """Answer the next request for an address with this, as if it had come from there."""
        self.call("Fetch.enable", patterns=[{"urlPattern": url}])
        self._answers[url] = {
            "responseCode": status,
            "responseHeaders": [{"name": name, "value": value} for name, value in headers.items()],
            "body": base64.b64encode(content.encode()).decode(),
        }

    def fulfil(self, url: str) -> None:
        """Give the answer that was prepared."""
        request = self.event("Fetch.requestPaused")
        assert request["request"]["url"] == url
        self.call("Fetch.fulfillRequest", requestId=request["requestId"], **self._answers.pop(url))
        self.call("Fetch.disable")

    def opened(self) -> Tab:
        """The window that this page has opened."""
        return self._other("openerId")

    def frame(self) -> Tab:
        """The frame of another site that this page holds."""
        return self._other("parentId")

    def _other(self, relation: str) -> Tab:
        found: list[str] = []

        def there() -> bool:
            targets = self._browser.call("Target.getTargets")["targetInfos"]
            found[:] = [each["targetId"] for each in targets if each.get(relation) == self.target]
            return bool(found)

        poll(there)
        return Tab(self._browser, found[0])

    def allow(self, *permissions: str) -> None:
        """Grant permissions, as a person would in the browser's prompt."""
        self._browser.call("Browser.grantPermissions", permissions=permissions, browserContextId=self.context)

    def open_socket(self, url: str) -> str:
        """``open`` when a WebSocket to the address opens, else ``closed`` and the code."""
        return str(
            self.run(
                f"new Promise(r => {{ const s = new WebSocket({json.dumps(url)}); window.held = s;"
                "s.onopen = () => r('open'); s.onclose = (e) => r(`closed ${e.code}`); })"
            )
        )

    def fetch(self, url: str, **options: object) -> str:
        """Type and status of the answer to a fetch, or the name of what it failed with."""
        return str(
            self.run(
                f"fetch({json.dumps(url)}, {json.dumps(options)})"
                ".then((a) => `${a.type} ${a.status}`, (e) => e.name)"
            )
        )


@contextmanager
def chromium(*arguments: str, directory: Path | None = None) -> Iterator[Chromium]:
    """A headless browser with a profile of its own; ``evil.example`` and ``portal.example`` are this machine.

    The profile's directory is removed at the end, also one that is given.
    """
    directory = directory or Path(tempfile.mkdtemp(prefix="chukyso-attack-"))
    command = [
        str(find_browser()),
        "--headless=new",
        "--remote-debugging-port=0",
        f"--user-data-dir={directory}",
        "--no-first-run",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP *.example 127.0.0.1, MAP localhost 127.0.0.1, EXCLUDE 127.0.0.1, MAP * ~NOTFOUND",
        f"--ignore-certificate-errors-spki-list={tls_site()[1]}",
        *([] if can_sandbox_processes() else ["--no-sandbox"]),
        *arguments,
        "about:blank",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port, path = _devtools(directory / "DevToolsActivePort", process)
        with connect(f"ws://127.0.0.1:{port}{path}", proxy=None, max_size=None, compression=None) as socket:
            browser = Chromium(socket)
            yield browser
            browser.call("Browser.close")
        process.wait(SECONDS)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(SECONDS)
        shutil.rmtree(directory, ignore_errors=True)  # a helper process may still write its last file


def _devtools(file: Path, process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Port and path that the browser writes down once it listens."""
    found: list[str] = []

    def written() -> bool:
        found[:] = file.read_text(encoding="utf-8").split("\n") if file.is_file() else []
        return len(found) == 2

    poll(lambda: written() or process.poll() is not None)
    assert process.poll() is None, "the browser ended"
    return int(found[0]), found[1]
