"""Profiles: how to reach one portal. TOML files in ``variables/``, or any file of the same form.

What a profile can have is declared in ``portal.keys``. A value of ``"?"`` means that it is unknown: a run that needs it
ends with ``PROFILE_INCOMPLETE`` before the browser opens, instead of with a guess.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from chukyso.errors import ChukysoError, Code
from chukyso.portal.declaring import UPDATE, Need, SignerKind
from chukyso.portal.keys import (
    KEYS,
    OPEN_TABLES,
    SETTINGS,
    BrowserSettings,
    PortalSettings,
    ResultMailSettings,
    SignerSettings,
    Timeouts,
    TokenSettings,
    TrustSettings,
)
from chukyso.portal.kinds import UNKNOWN
from chukyso.portal.messages import Meaning
from chukyso.portal.names import nearest
from chukyso.portal.reading import Problem, Reading, read_tables, read_toml, refuse
from chukyso.portal.windows import ClientWindow

PROFILES: Final = Path(__file__).parents[3] / "variables"
SAY_NOTHING: Final = ("", UNKNOWN)
"""Values of an open table that are as good as none."""


@dataclass(frozen=True)
class Missing:
    """A value that is needed and not known.

    Attributes:
        key: Its name, such as ``locators.form.ready``.
        need: What it is needed for.
    """

    key: str
    need: Need


@dataclass(frozen=True)
class Profile:
    """One portal.

    Attributes:
        name: Name given by the operator.
        source: The file that it was read from.
        locators: Selectors of the Browser library by ``page.element``, of every declared element.
        messages: Meaning (see ``portal.messages``) by the text with which a toast begins.
        personal: CSS selectors of what is about a person, by name; none when the profile does not say.
        certificate_windows: The client's windows with the certificate, by name.
        pin_windows: Windows that ask for the PIN, by name.
        message_windows: Windows in which client or token say what is wrong, by name.
        result_mail: What the result mail looks like.
        token: What the token's module needs.
        signer: How the page's signing request is served.
    """

    name: str
    source: Path
    portal: PortalSettings
    browser: BrowserSettings
    timeouts: Timeouts
    trust: TrustSettings
    locators: Mapping[str, str]
    messages: Mapping[str, Meaning]
    personal: Mapping[str, str] = field(default_factory=dict)
    certificate_windows: Mapping[str, ClientWindow] = field(default_factory=dict)
    pin_windows: Mapping[str, ClientWindow] = field(default_factory=dict)
    message_windows: Mapping[str, ClientWindow] = field(default_factory=dict)
    result_mail: ResultMailSettings = field(default_factory=ResultMailSettings)
    token: TokenSettings = field(default_factory=TokenSettings)
    signer: SignerSettings = field(default_factory=SignerSettings)

    def value(self, name: str) -> Any:
        """The value of a declared key, by its name with table; ``UNKNOWN`` or "" when the profile does not know it."""
        table, _, key = name.partition(".")
        return self.locators[key] if table == "locators" else getattr(getattr(self, table), key)

    def require(self, name: str) -> Any:
        """The value of a declared key.

        Raises:
            ChukysoError: ``PROFILE_INCOMPLETE`` when it is unknown.
        """
        value = self.value(name)
        if KEYS[name].is_unknown(value):
            raise self._incomplete([Missing(name, one) for one in KEYS[name].needed[:1]])
        return value

    def locator(self, element: str) -> str:
        """The selector of ``page.element``.

        Raises:
            ChukysoError: ``PROFILE_INCOMPLETE`` when it is unknown, ``OPTION_INVALID`` when no element is called that.
        """
        if element not in self.locators:
            alike = nearest(element, self.locators)
            hint = f"có phải là “{alike}” không" if alike else "không giống phần tử nào"
            raise ChukysoError(Code.OPTION_INVALID, name="element", reason=f"không có “{element}”, {hint}")
        selector: str = self.require(f"locators.{element}")
        return selector

    def knows(self, element: str) -> bool:
        """Whether the selector of ``page.element`` is known, and the portal has such an element."""
        selector = self.locators[element]
        return selector != "" and not KEYS[f"locators.{element}"].is_unknown(selector)

    @property
    def update_needs(self) -> frozenset[Need]:
        """What an update of this portal needs whatever it is given."""
        return UPDATE - {Need.ADDRESS} if self.portal.embedded_sandbox else UPDATE

    def missing(self, needs: Collection[Need]) -> list[Missing]:
        """All that is needed and not known, in the order of the declaration, each for the first thing that needs it."""
        return list(self._missing(needs))

    def require_all(self, needs: Collection[Need]) -> None:
        """See that everything is known that is needed.

        Raises:
            ChukysoError: ``PROFILE_INCOMPLETE``, naming all that is missing and what it is needed for.
        """
        if missing := self.missing(needs):
            raise self._incomplete(missing)

    def keep_from_module(self, reference: str, name: str) -> None:
        """Refuse a profile that has the token's module given the environment variable in which a secret is.

        Args:
            reference: Where the secret is, such as ``env:NAME``.
            name: Name of the variable that holds the reference, for the message.

        Raises:
            ChukysoError: ``PROFILE_INVALID``.
        """
        scheme, _, variable = reference.strip().partition(":")
        if scheme == "env" and variable in self.token.variables:
            reason = f"token.variables có “{variable}”, là nơi chứa {name}"
            raise ChukysoError(Code.PROFILE_INVALID, str(self.source), profile=self.name, reason=reason)

    def personal_selectors(self) -> tuple[str, ...]:
        """CSS selectors of what ``PRIVACY:masked`` covers.

        Raises:
            ChukysoError: ``PROFILE_INCOMPLETE`` when the profile does not say, or one is unknown.
        """
        self.require_all({Need.PRIVACY})
        return tuple(self.personal.values())

    @property
    def roots(self) -> Path | None:
        """File with the roots that are believed, or None."""
        return self.source.parent / self.trust.roots if self.trust.roots else None

    def _missing(self, needs: Collection[Need]) -> Iterator[Missing]:
        for key in KEYS.values():
            need = next((need for need in key.needed if need in needs), None)
            if need and not key.optional and self._uses(key.signer) and key.is_unknown(self.value(key.name)):
                yield Missing(key.name, need)
        mail = self.result_mail
        if Need.MAIL in needs and not mail.serial and not mail.transaction:
            # By the MST alone the mail of an earlier change would pass for this one's.
            yield Missing("result_mail.transaction", Need.MAIL)
        for table in OPEN_TABLES:
            need = next((need for need in table.needed if need in needs), None)
            entries: Mapping[str, Any] = getattr(self, table.name)
            if not self._uses(table.signer):
                continue
            if need and not entries:
                yield Missing(table.name, need)
            elif need:
                yield from (
                    Missing(f"{table.name}.{key}", need) for key, value in entries.items() if value in SAY_NOTHING
                )

    def _uses(self, signer: SignerKind | None) -> bool:
        return signer in (None, self.signer.kind)

    def _incomplete(self, missing: list[Missing]) -> ChukysoError:
        needs = dict.fromkeys(one.need for one in missing)
        keys = "; ".join(
            f"{', '.join(one.key for one in missing if one.need is need)} (để {need.vi})" for need in needs
        )
        return ChukysoError(Code.PROFILE_INCOMPLETE, f"{self.source}: {keys}", profile=self.name, keys=keys)


def load_profile(name: str, directory: Path = PROFILES) -> Profile:
    """Read a profile by its name in ``variables/`` or by path.

    Raises:
        ChukysoError: ``PROFILE_UNKNOWN`` when there is none; ``PROFILE_INVALID`` when it cannot be read, or has names
            that are not declared or values that are not what they must be: all of them are told.
    """
    profile, problems = examine_profile(name, directory)
    refuse(problems, profile.source, profile.name)
    return profile


def examine_profile(name: str, directory: Path = PROFILES) -> tuple[Profile, list[Problem]]:
    """Read a profile as far as it can be read, and tell what is wrong with it.

    Raises:
        ChukysoError: ``PROFILE_UNKNOWN``; ``PROFILE_INVALID`` when the file is no TOML.
    """
    path = Path(name)
    source = path if path.suffix.lower() == ".toml" else directory / f"{name}.toml"
    if not _is_file(source):
        raise ChukysoError(Code.PROFILE_UNKNOWN, str(source), profile=name)
    reading = read_tables(read_toml(source, path.stem), KEYS, OPEN_TABLES)
    return _build(path.stem, source, reading), reading.problems


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long is none of a file
        return False


def _build(name: str, source: Path, reading: Reading) -> Profile:
    tables: dict[str, dict[str, Any]] = {}
    for key, value in reading.values.items():
        table, _, rest = key.partition(".")
        tables.setdefault(table, {})[rest] = value
    settings: dict[str, Any] = {table: kind(**tables[table]) for table, kind in SETTINGS.items()}
    entries: dict[str, Any] = reading.entries
    return Profile(name, source, locators=tables["locators"], **settings, **entries)
