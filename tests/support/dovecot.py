"""Dovecot, a real IMAP server, as it is in Debian, on loopback ports and for one test run only.

Its packages are not installed: that would make and start a service on the developer's machine. They are unpacked into
the test environment, and run from there without privileges. Two paths are compiled in; in the copy that runs they are
replaced by relative ones.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from chukyso.prerequisites import fetch_privately

USER = "ketoan@cty.example"
PASSWORD = "Thư-mật/Canary+5519"
_PACKAGES = ("dovecot-core", "dovecot-imapd")
FOLDER, FOLDER_ON_DISK = "Kết quả", ".K&Hr8-t qu&HqM-"  # a folder besides INBOX; on disk in IMAP's own UTF-7
_TIMEOUT = 30.0
_COMPILED_IN = {
    "lib/libdovecot.so.0": {
        b"/usr/lib/dovecot/modules": b"modules",  # the server's processes are in base_dir
        b"/usr/bin/doveconf": b"./doveconf",  # this is asked for before
    },
}
_CONFIGURATION = """\
base_dir = {place}/run
state_dir = {place}/state
libexec_dir = {place}/lib
log_path = {place}/dovecot.log
import_environment = $import_environment LD_LIBRARY_PATH
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
auth_verbose = yes
auth_failure_delay = 0
protocols = imap
mail_location = maildir:{place}/mails
first_valid_uid = 1
ssl = required
ssl_cert = <{place}/server.pem
ssl_key = <{place}/server.key
disable_plaintext_auth = yes
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {place}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={place}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {starttls}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server with one account.

    Attributes:
        port: For IMAP with TLS from the first byte.
        starttls_port: For IMAP with STARTTLS.
        ca: PEM file of the authority that its certificate comes from.
        mails: The account's Maildir.
        log: The server's log.
    """

    port: int
    starttls_port: int
    ca: Path
    mails: Path
    log: Path

    def url(self, *, host: str = "localhost", folder: str = "INBOX", authserv: str = "mx.cty.example") -> str:
        """As the variable ``MAILBOX``."""
        return f"imaps://{USER.replace('@', '%40')}@{host}:{self.port}/{folder}?ca={self.ca}&authserv={authserv}"

    def deliver(self, data: bytes, folder: str = "") -> Path:
        """Put a mail where the server finds it, as a mail server on this machine does."""
        name = f"{time.time_ns()}.{os.getpid()}.test"
        place = self.mails / folder
        draft, path = place / "tmp" / name, place / "new" / name
        draft.write_bytes(data)
        draft.chmod(0o644)
        draft.rename(path)
        return path

    def clear(self) -> None:
        """Take all mails out."""
        for path in (*self.mails.glob("new/*"), *self.mails.glob("cur/*")):
            path.unlink()

    def logins(self, outcome: str) -> int:
        """How many lines of the log have this; the log is written before the client is answered."""
        return len(re.findall(outcome, self.log.read_text(encoding="utf-8", errors="replace")))


def unpacked() -> Path:
    """The unpacked packages, fetched by whoever comes first."""
    if not sys.platform.startswith("linux") or not shutil.which("apt-get"):
        pytest.skip("Dovecot is fetched from Debian's or Ubuntu's packages")
    place = Path(sys.prefix) / "share" / "chukyso-tests" / "dovecot"
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(place.with_suffix(".lock")):
        if not place.exists():
            draft = place.with_suffix(".part")
            shutil.rmtree(draft, ignore_errors=True)
            fetch_privately(_PACKAGES, draft)
            draft.rename(place)
    return place


@contextmanager
def dovecot(certificate: bytes, key: bytes, ca: bytes) -> Iterator[Dovecot]:
    """A server that has this certificate; all PEM."""
    source = unpacked()
    place = Path(tempfile.mkdtemp(prefix="chukyso-dovecot-", dir="/tmp"))  # short: sockets lie in it
    try:
        with _running(place, source, certificate, key, ca) as server:
            yield server
    finally:
        shutil.rmtree(place)


@contextmanager
def _running(place: Path, source: Path, certificate: bytes, key: bytes, ca: bytes) -> Iterator[Dovecot]:
    uid, gid = (65534, 65534) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    _copy(source, place)
    for name in ("run", "state", "home", "mails/cur", "mails/new", "mails/tmp"):
        (place / name).mkdir(parents=True)
    for name in ("cur", "new", "tmp"):
        (place / "mails" / FOLDER_ON_DISK / name).mkdir(parents=True)
    (place / "run" / "modules").symlink_to(place / "lib" / "modules")
    for name, data in (("server.pem", certificate), ("server.key", key), ("ca.pem", ca)):
        (place / name).write_bytes(data)
    (place / "users").write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
    tls, starttls = _free_ports()
    import grp
    import pwd

    (place / "dovecot.conf").write_text(
        _CONFIGURATION.format(
            place=place,
            user=pwd.getpwuid(uid).pw_name,
            group=grp.getgrgid(gid).gr_name,
            uid=uid,
            gid=gid,
            tls=tls,
            starttls=starttls,
        )
    )
    if os.geteuid() == 0:
        for path in (place, *place.rglob("*")):
            os.chown(path, uid, gid, follow_symlinks=False)
    libraries = f"{place}/lib:{place}/lib/modules/old-stats:{place}/shared"
    environment = {"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": libraries, "LC_ALL": "C.UTF-8"}
    command = [str(place / "dovecot"), "-F", "-c", str(place / "dovecot.conf")]
    who = {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}
    with (place / "console").open("wb") as console:
        process = subprocess.Popen(command, env=environment, stdout=console, stderr=console, cwd=place, **who)
    server = Dovecot(tls, starttls, place / "ca.pem", place / "mails", place / "dovecot.log")
    try:
        _wait_for(process, server, place)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _copy(source: Path, place: Path) -> None:
    """The server without what the tests do not need, readable for whoever it runs as."""
    shutil.copytree(source / "usr" / "lib" / "dovecot", place / "lib", symlinks=True)
    shutil.copy2(source / "usr" / "sbin" / "dovecot", place / "dovecot")
    (place / "shared").mkdir()
    for library in (*source.glob("usr/lib/*-linux-gnu*/*.so*"), *source.glob("lib/*-linux-gnu*/*.so*")):
        shutil.copy2(library, place / "shared" / library.name)
    shutil.copy2(source / "usr" / "bin" / "doveconf", place / "doveconf")
    for name, paths in _COMPILED_IN.items():
        binary = (place / name).resolve()
        data = binary.read_bytes()
        for absolute, relative in paths.items():
            assert data.count(absolute + b"\0") == 1, f"another version of Dovecot: {absolute!r} is not in {name}"
            data = data.replace(absolute + b"\0", relative.ljust(len(absolute) + 1, b"\0"))
        binary.write_bytes(data)
    place.chmod(0o755)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for listener in (one, other):
            listener.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _wait_for(process: subprocess.Popen[bytes], server: Dovecot, place: Path) -> None:
    end = time.monotonic() + _TIMEOUT
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.02)
        else:
            return
    told = [path.read_text(errors="replace")[-2000:] for path in (place / "console", server.log) if path.exists()]
    pytest.fail(f"dovecot did not start: {told}")
