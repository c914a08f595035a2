"""What one run was asked to do: the variables of ``suites/update.robot``, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from chukyso.certificate import normalise_serial
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.model.run import Privacy
from chukyso.portal.declaring import Need
from chukyso.portal.keys import Captcha
from chukyso.portal.profile import Profile
from chukyso.run.variables import OPTIONS
from chukyso.seal.options import SealOptions, check_seal_options
from chukyso.signature.presign import read_trust
from chukyso.taxcode import parse_tax_code
from chukyso.text import visible
from chukyso.token.modules import named_variables

_SHORTEST_REASON: Final = 10  # characters


class WindowsBy(StrEnum):
    """Who presses the buttons of native windows, variable ``WINDOWS``: the run, or a person whom it watches."""

    RUN = "run"
    OPERATOR = "operator"


@dataclass(frozen=True)
class RunOptions:
    """The checked options of one run. No secrets in here.

    Attributes:
        profile: The portal.
        portal_url: Address of the portal's home page without route.
        tax_code: The account; "" until the sandbox has told its own.
        unit_code: The unit, or "" when the account has only one.
        token_module: Path of the PKCS#11 module, or "" to search for one.
        token_serial: Which token, or "" when there is only one.
        token_environment: Variables that the token worker gets on top of its scrubbed environment.
        cert_serial: The new certificate, normalised, or "" to choose it by the rule.
        captcha: Who answers the captcha.
        contact_email: What the form must show, or "" to record it only.
        contact_phone: As ``contact_email``.
        dry_run: Stop after figure 3.
        headless: Without a visible browser.
        trust_roots: PEM file with the roots that are believed, or "" when there are none.
        privacy: What of a person the evidence may show.
        strict_figures: Whether a figure that differs from its reference ends a run that has submitted nothing.
        seal: How the report is sealed; None when it is not.
        looked: Why the end of an earlier submission need not be waited for: what an operator saw on the portal; or "".
        browser_data: Data directory of a browser that keeps the portal's signing extension, or "".
        windows: Who presses the buttons of the portal's signing client.
        client_extension: Folder of an extension that the run itself brings along; "" when the data directory has it.
        client_folder: Folder of the sandbox's signing client, as Windows names it; "" for other portals.
        portal_instance: What tells one embedded sandbox from another at the same address; "" for other portals.
    """

    profile: Profile
    portal_url: str
    tax_code: str
    unit_code: str
    token_module: str
    token_serial: str
    token_environment: Mapping[str, str] = field(default_factory=dict)
    cert_serial: str = ""
    captcha: Captcha = Captcha.OPERATOR
    contact_email: str = ""
    contact_phone: str = ""
    dry_run: bool = False
    headless: bool = True
    trust_roots: str = ""
    privacy: Privacy = Privacy.FULL
    strict_figures: bool = False
    seal: SealOptions | None = None
    looked: str = ""
    browser_data: str = ""
    windows: WindowsBy = WindowsBy.RUN
    client_extension: str = ""
    client_folder: str = ""
    portal_instance: str = ""

    @property
    def portal_key(self) -> str:
        """What the portal is known by in the register of submissions."""
        parts = urlsplit(self.portal_url)
        return f"{parts.scheme}://{parts.netloc}{self.portal_instance and '#'}{self.portal_instance}".lower()

    @property
    def home_url(self) -> str:
        """Address of the portal's home page with its route."""
        return f"{self.portal_url.rstrip('/')}/{self.profile.portal.home}"


def check_options(profile: Profile, **given: str) -> RunOptions:
    """Check the operator's variables, and that the profile knows all that such a run needs. Empty text means "by
    default", but not for ``dry_run``: an operator who names it and mistypes its value must not submit.

    Args:
        profile: The portal.
        given: By their names in ``OPTIONS``; of those left out the default holds.

    Raises:
        ChukysoError: ``MST_INVALID``, ``OPTION_INVALID``, ``PROFILE_INCOMPLETE``, ``PROFILE_INVALID``,
            ``MODULE_VARIABLE_MISSING``.
        TypeError: No variable has that name.
    """
    if strange := given.keys() - OPTIONS.keys():
        raise TypeError(f"no option of a run: {', '.join(sorted(strange))}")
    value = {key: variable.default for key, variable in OPTIONS.items()} | given
    portal = profile.portal
    if not value["tax_code"] and not portal.embedded_sandbox:
        raise ChukysoError(Code.MST_INVALID, mst="", reason="chưa cho biết mã số thuế của tài khoản")
    options = RunOptions(
        profile=profile,
        portal_url="" if portal.embedded_sandbox else portal.url,
        tax_code=parse_tax_code(value["tax_code"]) if value["tax_code"] else "",
        unit_code=visible(value["unit_code"]),
        token_module=value["token_module"],
        token_serial=value["token_serial"],
        token_environment=named_variables(profile.token.variables),
        cert_serial=normalise_serial(value["cert_serial"]) if value["cert_serial"] else "",
        captcha=_captcha(_read("captcha", value), profile),
        contact_email=value["contact_email"],
        contact_phone=value["contact_phone"],
        dry_run=_read("dry_run", value),
        headless=profile.browser.headless if (headless := _read("headless", value)) is None else headless,
        trust_roots=check_roots(profile),
        privacy=Privacy(_read("privacy", value)),
        strict_figures=_read("strict_figures", value),
        seal=_seal(profile, value),
        looked=_looked(value["looked"]),
        browser_data=value["browser_data"],
        windows=WindowsBy(_read("windows", value)),
    )
    profile.require_all(_needs(options, value["mailbox"]))
    return options


def complete_from_sandbox(
    options: RunOptions,
    *,
    portal_url: str,
    tax_code: str,
    token_module: str,
    token_environment: Mapping[str, str],
    trust_roots: str = "",
    seal_token_serial: str = "",
    seal_environment: Mapping[str, str] = MappingProxyType({}),
    tsa_url: str = "",
    instance: str = "",
) -> RunOptions:
    """Fill in what only the running sandbox knows; what the operator gave stays."""
    roots = options.trust_roots or trust_roots
    seal = options.seal
    if seal and not (seal.module or seal.token_serial):  # else the operator rehearses with a token of his own
        seal = replace(seal, module=token_module, token_serial=seal_token_serial, environment=seal_environment)
    return replace(
        options,
        portal_url=portal_url,
        tax_code=options.tax_code or tax_code,
        token_module=options.token_module or token_module,
        token_environment={**options.token_environment, **token_environment},
        trust_roots=roots,
        portal_instance=instance,
        seal=replace(seal, tsa_url=seal.tsa_url or tsa_url, roots=roots, rehearsal=True) if seal else None,
    )


def _needs(options: RunOptions, mailbox: str) -> frozenset[Need]:
    """What the profile must know for a run with these options."""
    left_out = {Need.SIGNING, Need.RESULT, Need.LOOKING} if options.dry_run else set()
    asked = {Need.UNIT: options.unit_code, Need.PRIVACY: options.privacy is Privacy.MASKED, Need.MAIL: mailbox}
    return (options.profile.update_needs - left_out) | {need for need, wanted in asked.items() if wanted}


def _seal(profile: Profile, value: Mapping[str, str]) -> SealOptions | None:
    """How the report is sealed. On a real portal it is sealed when the run names what to seal with."""
    wanted = _read("seal", value)
    named = any(value[name] for name in ("seal_module", "seal_token_serial", "seal_cert_serial"))
    named = named or value["seal_pin"] not in ("", OPTIONS["seal_pin"].default)
    checked = check_seal_options(
        module=value["seal_module"],
        token_serial=value["seal_token_serial"],
        cert_serial=value["seal_cert_serial"],
        tsa_url=value["tsa_url"],
        roots=profile.roots or "",
        revocation=profile.trust.revocation,
    )
    if wanted == "off" or not (named or profile.portal.embedded_sandbox):
        if wanted == "auto" and value["tsa_url"]:
            reason = "cần SEAL_TOKEN_SERIAL, SEAL_CERT_SERIAL, SEAL_MODULE hoặc SEAL_PIN để niêm phong"
            raise ChukysoError(Code.OPTION_INVALID, name="TSA_URL", reason=reason)
        return None
    return checked


def check_roots(profile: Profile) -> str:
    """The file with the roots, looked at before anything is contacted; "" when the profile names none.

    Raises:
        ChukysoError: ``PROFILE_INVALID``.
    """
    if profile.roots is None:
        return ""
    try:
        read_trust(profile.roots)
    except (OSError, ValueError) as error:
        reason = f"không đọc được chứng thư số gốc trong “{profile.roots}” (trust.roots)"
        raise ChukysoError(Code.PROFILE_INVALID, str(error), profile=profile.name, reason=reason) from error
    return str(profile.roots)


def _read(key: str, given: Mapping[str, str]) -> Any:
    """What a variable says, by its declaration; None when it says nothing and has no default."""
    variable = OPTIONS[key]
    text = given[key] or (variable.default if variable.blank else "")
    if not text and variable.blank:
        return None
    try:
        return variable.kind(text)
    except ValueError as error:
        raise ChukysoError(Code.OPTION_INVALID, name=variable.name, reason=str(error)) from error


def _captcha(word: str | None, profile: Profile) -> Captcha:
    captcha = Captcha(word) if word else profile.portal.captcha
    if captcha is Captcha.SANDBOX and not profile.portal.embedded_sandbox:
        raise ChukysoError(Code.OPTION_INVALID, name="CAPTCHA", reason="sandbox chỉ dùng được với cấu hình sandbox")
    return captcha


def _looked(text: str) -> str:
    """What an operator saw. A switch is no reason, and who reads the evidence later wants one."""
    reason = " ".join(text.split())
    if reason and len(reason) < _SHORTEST_REASON:
        raise ChukysoError(Code.OPTION_INVALID, name="LOOKED", reason="phải nói đã xem thấy gì trên cổng")
    return reason
