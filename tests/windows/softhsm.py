"""SoftHSM2 for the Windows of the tests: the released source, built with mingw against the libcrypto of its Python."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tarfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from chukyso.sandbox.wine.parts import PartError, command_output

PACKAGES: Final = ("g++-mingw-w64-x86-64-win32", "libssl-dev")
COMPILER: Final = "x86_64-w64-mingw32-g++"
_HASH: Final = "ac9ac1e3f4402f88bf3e626a18f070f8031c031947ed469c6e17482495ec72b6"  # of softhsm2_2.6.1.orig.tar.gz
_ROOT: Final = "softhsm2-2.6.1"
_NOT_BUILT: Final = re.compile(r"/test/|Botan|DB\.cpp|DBObject|DBToken")
_CONFIG: Final = {
    "CRYPTOKI_VISIBILITY": "1",
    "DEFAULT_LOG_LEVEL": '"INFO"',
    "DEFAULT_OBJECTSTORE_BACKEND": '"file"',
    "DEFAULT_PKCS11_LIB": '"softhsm2-x64.dll"',
    "DEFAULT_SOFTHSM2_CONF": r'"C:\\SoftHSM2\\etc\\softhsm2.conf"',
    "DEFAULT_TOKENDIR": r'"C:\\SoftHSM2\\tokens"',
    "HAVE_AES_KEY_WRAP": "1",
    "HAVE_AES_KEY_WRAP_PAD": "1",
    "HAVE_CXX11": "1",
    "HAVE_GETPASSPHRASE": "1",
    "HAVE_LIBCRYPTO": "1",
    "HAVE_LOADLIBRARY": "1",
    "MAX_PIN_LEN": "255",
    "MIN_PIN_LEN": "4",
    "PACKAGE_NAME": '"SoftHSM"',
    "PACKAGE_STRING": '"SoftHSM 2.6.1"',
    "VERSION": '"2.6.1"',
    "VERSION_MAJOR": "2",
    "VERSION_MINOR": "6",
    "WITH_AES_GCM": "1",
    "WITH_ECC": "1",
    "WITH_OPENSSL": "1",
    "WITH_RAW_PSS": "1",
    "WIN32_LEAN_AND_MEAN": "1",
}
# mingw has no setenv; the rest is what SoftHSM2's own build for Windows says in its config.h.
_TAIL: Final = """
#ifdef __cplusplus
extern "C" {
#endif
char *getpassphrase(const char *prompt);
#ifdef __cplusplus
}
#endif
int setenv(const char *name, const char *value, int overwrite);
#include <windows.h>
#undef min
#undef max
"""


def build(target: Path, libcrypto: Path, work: Path) -> None:
    """Build ``target``, a DLL.

    Raises:
        PartError: The source cannot be had or does not build.
    """
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with tarfile.open(_source(work)) as packed:
        packed.extractall(work, filter="data")
    library, headers = work / _ROOT / "src" / "lib", work / "include"
    _write_headers(headers)
    files = [path for path in library.rglob("*.cpp") if not _NOT_BUILT.search(path.as_posix())]
    files.append(library / "win32" / "dllmain.cc")
    folders = [headers, library, *(path for path in library.rglob("*") if path.is_dir() and path.name != "test")]
    flags = ["-std=gnu++11", "-O0", "-w", "-DHAVE_CONFIG_H", *(f"-I{path}" for path in folders)]
    objects = [work / f"{number}.o" for number in range(len(files))]

    def compile_one(source: Path, made: Path) -> None:
        command_output([COMPILER, *flags, "-c", "-o", str(made), str(source)])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile_one, files, objects))
    target.parent.mkdir(parents=True, exist_ok=True)
    linked: Sequence[Path] = (*objects, libcrypto)
    command_output(
        [COMPILER, "-shared", "-static", "-s", "-o", str(target), *map(str, linked), "-ladvapi32", "-lws2_32"]
    )
    shutil.rmtree(work)


def _source(work: Path) -> Path:
    """The released source, from where the system's packages come from."""
    lists = work / "lists"
    (lists / "partial").mkdir(parents=True)
    wanted = work / "source.sources"
    wanted.write_text("\n\n".join(_source_entries()), encoding="utf-8")
    options = [
        "-o",
        f"Dir::Etc::sourcelist={wanted}",
        "-o",
        "Dir::Etc::sourceparts=-",
        "-o",
        f"Dir::State::lists={lists}",
    ]
    command_output(["apt-get", *options, "update"])
    command_output(["apt-get", *options, "source", "--download-only", "--tar-only", "softhsm2"], directory=work)
    for found in work.glob("softhsm2_*.orig.tar.gz"):
        if hashlib.sha256(found.read_bytes()).hexdigest() == _HASH:
            return found
    raise PartError("the source of SoftHSM2 2.6.1 is not among the system's packages")


def _source_entries() -> list[str]:
    """The system's own sources of packages, asked for source instead of programs."""
    found = []
    for file in sorted(Path("/etc/apt/sources.list.d").glob("*.sources")):
        for entry in re.split(r"\n\s*\n", file.read_text(encoding="utf-8")):
            if re.search(r"^Types:.*\bdeb\b", entry, re.M) and re.search(r"^Components:.*\bmain\b", entry, re.M):
                found.append(re.sub(r"^Types:.*$", "Types: deb-src", entry, flags=re.MULTILINE))
    return found


def _write_headers(target: Path) -> None:
    """OpenSSL's headers as Windows needs them: a ``long`` has 32 bits there, and the system's are written for 64."""
    for origin in (Path("/usr/include/openssl"), Path("/usr/include/x86_64-linux-gnu/openssl")):
        shutil.copytree(origin, target / "openssl", dirs_exist_ok=True)
    configuration = target / "openssl" / "configuration.h"
    text = configuration.read_text(encoding="utf-8")
    text = re.sub(r"(#\s*)define SIXTY_FOUR_BIT_LONG\b.*", r"\1define SIXTY_FOUR_BIT", text)
    text = re.sub(r"(#\s*)undef SIXTY_FOUR_BIT$", r"\1undef SIXTY_FOUR_BIT_LONG", text, flags=re.MULTILINE)
    configuration.write_text(text, encoding="utf-8")
    lines = "".join(f"#define {name} {value}\n" for name, value in _CONFIG.items())
    (target / "config.h").write_text(f"#pragma once\n{lines}{_TAIL}", encoding="ascii")
