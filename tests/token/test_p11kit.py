"""Reading p11-kit's configuration: its rules, and files that keep to none."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from chukyso.token.p11kit import Configuration, configured_modules


@pytest.fixture
def kit(tmp_path: Path) -> Configuration:
    """A configuration with three modules lying about and none configured."""
    configuration = Configuration(
        user=tmp_path / "user",
        system=(tmp_path / "system",),
        packages=(tmp_path / "packages",),
        modules=(tmp_path / "lib",),
    )
    for place in ("user/modules", "system/modules", "packages", "lib"):
        (tmp_path / place).mkdir(parents=True)
    for module in ("one.so", "two.so", "three.so", "p11-kit-proxy.so", "p11-kit-trust.so"):
        (tmp_path / "lib" / module).touch()
    return configuration


def configure(tmp_path: Path, place: str, name: str, text: str | bytes) -> Path:
    file = tmp_path / place / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def names(kit: Configuration) -> list[str]:
    return [module.name for module in configured_modules(kit)]


def test_relative_and_absolute_modules(tmp_path: Path, kit: Configuration) -> None:
    elsewhere = tmp_path / "elsewhere.so"
    elsewhere.touch()
    configure(tmp_path, "packages", "a.module", "# comment\n\nmodule: one.so\n")
    configure(tmp_path, "packages", "b.module", f"module:{elsewhere}")
    configure(tmp_path, "packages", "gone.module", "module: gone.so\n")
    configure(tmp_path, "packages", "gone-too.module", f"module: {tmp_path / 'gone.so'}\n")
    configure(tmp_path, "packages", "remote.module", "remote: |ssh host p11-kit remote one.so\n")
    found = {module.name: module.path for module in configured_modules(kit)}
    assert found == {"a": tmp_path / "lib" / "one.so", "b": elsewhere}


def test_highest_priority_first_then_by_name(tmp_path: Path, kit: Configuration) -> None:
    for name, priority in (("a", ""), ("b", "priority: 5"), ("c", "priority: -1"), ("d", "priority: high")):
        configure(tmp_path, "packages", f"{name}.module", f"module: one.so\n{priority}\n")
    assert names(kit) == ["b", "a", "d", "c"]


def test_the_users_values_count_before_the_administrators_and_those_before_the_packages(
    tmp_path: Path, kit: Configuration
) -> None:
    configure(tmp_path, "packages", "token.module", "module: one.so\npriority: 1\n")
    configure(tmp_path, "packages", "other.module", "module: two.so\npriority: 5\n")
    configure(tmp_path, "system/modules", "token.module", "module: two.so\n")
    assert [(each.name, each.path.name) for each in configured_modules(kit)] == [
        ("other", "two.so"),
        ("token", "two.so"),
    ]
    configure(tmp_path, "user/modules", "token.module", "module: three.so\npriority: 9\n")
    assert [(each.name, each.path.name) for each in configured_modules(kit)] == [
        ("token", "three.so"),
        ("other", "two.so"),
    ]


@pytest.mark.parametrize(
    ("system", "user", "found"),
    [
        ("", "", ["packaged", "users"]),
        ("user-config: merge", "", ["packaged", "users"]),
        ("user-config: none", "user-config: only", ["packaged"]),
        ("user-config: only", "", ["users"]),
        ("", "user-config: override", ["users"]),
        ("", "user-config: none", ["packaged"]),
        ("user-config: sometimes", "", ["packaged", "users"]),
    ],
)
def test_what_the_users_files_are_for(
    tmp_path: Path, kit: Configuration, system: str, user: str, found: list[str]
) -> None:
    configure(tmp_path, "system", "pkcs11.conf", system)
    configure(tmp_path, "user", "pkcs11.conf", user)
    configure(tmp_path, "packages", "packaged.module", "module: one.so\n")
    configure(tmp_path, "user/modules", "users.module", "module: two.so\n")
    assert names(kit) == found


def test_user_switches_a_packages_module_off(tmp_path: Path, kit: Configuration) -> None:
    configure(tmp_path, "packages", "a.module", "module: one.so\n")
    configure(tmp_path, "packages", "b.module", "module: two.so\n")
    configure(tmp_path, "user/modules", "a.module", "module:\n")
    configure(tmp_path, "user/modules", "b.module", "disable-in: chukyso, firefox\n")
    assert names(kit) == []


@pytest.mark.parametrize(
    ("lines", "enabled"),
    [
        ("disable-in: p11-kit-proxy", True),
        ("disable-in: p11-kit-proxy, chukyso", False),
        ("enable-in: p11-kit-proxy seahorse", False),
        ("enable-in: seahorse chukyso", True),
        ("enable-in:", False),
        ("enable-in: chukyso\ndisable-in: chukyso", True),  # as p11-kit decides it
        ("enable-in: seahorse\ndisable-in: firefox", False),
    ],
)
def test_enabled_and_disabled_by_program(tmp_path: Path, kit: Configuration, lines: str, enabled: bool) -> None:
    configure(tmp_path, "packages", "a.module", f"module: one.so\n{lines}\n")
    assert bool(names(kit)) is enabled


def test_p11_kits_own_modules_hold_no_token(tmp_path: Path, kit: Configuration) -> None:
    configure(tmp_path, "packages", "p11-kit-trust.module", "module: p11-kit-trust.so\n")
    configure(tmp_path, "packages", "again.module", "module: p11-kit-proxy.so\n")
    assert names(kit) == []


@pytest.mark.parametrize(
    "text",
    [
        "module one.so\n",
        "[section]\nmodule: one.so\n",
        "module: one.so\n-----BEGIN CERTIFICATE-----\n",
        b"module: \xff\xfe.so\n",
        b"module: one\x00.so\n",
        "module: one.so\n" + "#" * 70_000,
        ": one.so\n",
    ],
)
def test_malformed_file_is_skipped_with_a_line_in_the_log(
    tmp_path: Path, kit: Configuration, caplog: pytest.LogCaptureFixture, text: str | bytes
) -> None:
    bad = configure(tmp_path, "packages", "bad.module", text)
    configure(tmp_path, "packages", "good.module", "module: two.so\n")
    with caplog.at_level(logging.WARNING):
        assert names(kit) == ["good"]
    assert f"skipping {bad}" in caplog.text


def test_files_that_are_no_module_files_are_not_looked_at(
    tmp_path: Path, kit: Configuration, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("notes.txt", "a.module.bak", "-a.module", "ă.module", ".module"):
        configure(tmp_path, "packages", name, "module: one.so\n")
    (tmp_path / "packages" / "folder.module").mkdir()
    assert names(kit) == []
    assert caplog.text.count("skipping") == 1  # the directory


def test_no_configuration_at_all(tmp_path: Path) -> None:
    assert configured_modules(Configuration()) == []
    nowhere = tmp_path / "nowhere"
    assert configured_modules(Configuration(nowhere, (nowhere,), (nowhere,), (nowhere,))) == []
