"""The data directory that a real Chromium writes, in which an extension was loaded as a run loads it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chukyso.browser import can_sandbox_processes, find_browser
from chukyso.client.files import UnreadableError, read_table
from support.inspected_machine import SITE, Computer, write_json

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform == "win32", reason="the browser of the tests under Wine is one of the Linux outside"
    ),
]
SECONDS = 60


@pytest.fixture
def user_data(tmp_path: Path) -> Iterator[Path]:
    """A data directory in which Chromium noted its extensions."""
    extension, made = tmp_path / "extension", tmp_path / "user data"
    scripts = [{"matches": [f"https://{SITE}/*"], "js": ["content.js"]}]
    manifest = {"manifest_version": 3, "name": "Thử", "version": "1.0", "permissions": ["nativeMessaging"]}
    write_json(extension / "manifest.json", {**manifest, "content_scripts": scripts})
    (extension / "content.js").touch()
    options = ["--headless=new", f"--user-data-dir={made}", f"--load-extension={extension}"]
    if not can_sandbox_processes():
        options.append("--no-sandbox")
    quiet = subprocess.DEVNULL
    browser = subprocess.Popen(
        [str(find_browser()), *options, "--remote-debugging-port=0", "about:blank"], stdout=quiet, stderr=quiet
    )
    try:
        end = time.monotonic() + SECONDS
        while not noted(made) and time.monotonic() < end:
            time.sleep(0.5)
        yield made
    finally:
        browser.terminate()
        browser.wait(SECONDS)


def noted(user_data: Path) -> bool:
    try:
        return "settings" in read_table(user_data / "Default" / "Preferences").get("extensions", {})
    except UnreadableError:
        return False


def test_an_extension_that_was_loaded_for_a_run_is_found(user_data: Path, computer: Computer) -> None:
    (found,) = computer.look(user_data).extensions
    assert (found.name, found.profile, found.enabled, found.matches) == ("Thử", "Default", True, (f"https://{SITE}/*",))
    assert found.browser_version.split(".")[0].isdecimal()
