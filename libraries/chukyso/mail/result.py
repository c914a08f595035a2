"""Whether a mail is the result of a run: right sender, right MST, right change, and what it says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from chukyso.certificate import NotASerialError, read_serial
from chukyso.errors import ChukysoError, Code
from chukyso.mail.authentication import EXCHANGE_ONLINE, doubt, leading_results
from chukyso.mail.message import Mail
from chukyso.moment import CLOCK_TOLERANCE
from chukyso.portal.declaring import Need
from chukyso.portal.keys import MailAuthentication, ResultMailSettings
from chukyso.portal.profile import Profile
from chukyso.taxcode import PATTERN

_PIECES = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)  # escapes, classes, single characters
_QUANTIFIERS = "*+?{"
_MST = re.compile(rf"(?<![0-9-]){PATTERN}(?![0-9])")


class MailVerdict(StrEnum):
    """What a mail is to a run."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    SUSPICIOUS = "suspicious"
    UNRELATED = "unrelated"


@dataclass(frozen=True)
class SearchCriteria:
    """What the mail that is looked for must fit: the run, as it is known.

    Attributes:
        tax_code: The account's MST.
        serial: The new certificate's serial.
        transaction: The portal's code for the change; "" when the run did not see it.
        submitted: When the change was submitted, UTC.
    """

    tax_code: str
    serial: str
    transaction: str
    submitted: datetime

    @property
    def earliest(self) -> datetime:
        """No mail that was received before is the result of this run."""
        return self.submitted - CLOCK_TOLERANCE


@dataclass(frozen=True)
class Rules:
    """How the portal's mails are known: the profile's table, complete, and whose findings are believed."""

    settings: ResultMailSettings
    authserv: str


def rules_of(profile: Profile, authserv: str) -> Rules:
    """The rules, when everything that they need is known.

    Raises:
        ChukysoError: ``PROFILE_INCOMPLETE``; ``OPTION_INVALID`` when findings are wanted and nobody's are believed.
    """
    profile.require_all({Need.MAIL})
    settings = profile.result_mail
    if settings.authentication is not MailAuthentication.NONE and not authserv:
        reason = (
            "thiếu ?authserv=TÊN_MÁY_CHỦ_NHẬN_THƯ, vì cấu hình đòi kiểm tra người gửi (result_mail.authentication); "
            f"Exchange Online (Microsoft 365) không ghi tên: ?authserv={EXCHANGE_ONLINE}"
        )
        raise ChukysoError(Code.OPTION_INVALID, name="MAILBOX", reason=reason)
    return Rules(settings, authserv)


@dataclass(frozen=True)
class Judgement:
    """A verdict; why, English, "" where it needs no reason; whether something says that the sender is forged."""

    verdict: MailVerdict
    reason: str = ""
    forged: bool = False


def may_matter(mail: Mail, rules: Rules) -> bool:
    """Whether header and sender of a mail are worth fetching the rest."""
    return _is_sender(mail.sender, rules) or _says(rules.settings.subject, mail.subject) or _names_sender(mail, rules)


def judge(mail: Mail, criteria: SearchCriteria, received: datetime, rules: Rules) -> Judgement:
    """Decide what a mail is to a run.

    A mail that is about the run, but not beyond doubt, is suspicious; one that is about another account, another
    change or an earlier run is unrelated.

    Args:
        mail: The mail, read in full.
        criteria: The run, and when it submitted.
        received: When the server got the mail.
        rules: How the portal's mails are known.
    """
    if received < criteria.earliest or not _about(mail, criteria, rules):
        return Judgement(MailVerdict.UNRELATED)
    reason, forged = _why_not_sent_by(mail, rules)
    if reason:
        return Judgement(MailVerdict.SUSPICIOUS, reason, forged)
    if not _says(rules.settings.subject, mail.subject):
        return Judgement(MailVerdict.UNRELATED, "another subject")
    if mail.broken:
        return Judgement(MailVerdict.SUSPICIOUS, mail.broken)
    verdicts = {_verdict(text, criteria, rules.settings) for text in mail.texts}
    if len(verdicts) != 1:
        return Judgement(MailVerdict.SUSPICIOUS, "its versions, plain and HTML, do not say the same")
    return verdicts.pop()


def _verdict(text: str, criteria: SearchCriteria, settings: ResultMailSettings) -> Judgement:
    """What one version of the text says."""
    codes = _found(settings.tax_code, text)
    if codes != {criteria.tax_code}:
        other = bool(codes) and criteria.tax_code not in codes
        return Judgement(
            MailVerdict.UNRELATED if other else MailVerdict.SUSPICIOUS, "it does not name exactly this MST"
        )
    serials = {_serial(serial) for serial in _found(settings.serial, text)}
    transactions = {code.casefold() for code in _found(settings.transaction, text)}
    by_transaction = bool(criteria.transaction and settings.transaction)
    named = (
        (transactions, {criteria.transaction.casefold()}) if by_transaction else (serials, {_serial(criteria.serial)})
    )
    if named[0] != named[1]:
        other = bool(named[0]) and not named[0] & named[1]
        return Judgement(
            MailVerdict.UNRELATED if other else MailVerdict.SUSPICIOUS, "it does not name exactly this change"
        )
    if settings.serial and serials != {_serial(criteria.serial)}:
        return Judgement(MailVerdict.SUSPICIOUS, "it names another certificate, or none")
    said = (_says(settings.accepted, text), _says(settings.refused, text))
    if said == (True, False):
        return Judgement(MailVerdict.ACCEPTED)
    if said == (False, True):
        return Judgement(MailVerdict.REFUSED)
    return Judgement(MailVerdict.SUSPICIOUS, "it says neither or both of accepted and refused")


def _about(mail: Mail, criteria: SearchCriteria, rules: Rules) -> bool:
    """Whether anything in it names the account; of a mail that cannot be read, whether it claims to be the portal's."""
    if mail.broken or not mail.texts:
        return _says(rules.settings.subject, mail.subject)
    return any(criteria.tax_code in _MST.findall(text) for text in (*mail.texts, mail.subject))


def _why_not_sent_by(mail: Mail, rules: Rules) -> tuple[str, bool]:
    """Why the portal did not send it, or may not have, and whether somebody else did."""
    if not mail.sender:
        return "its From is not one plain address", True
    if not _is_sender(mail.sender, rules):
        return "it comes from another address", True
    domain = mail.sender.rpartition("@")[2]
    results = leading_results(mail.trace, rules.authserv)
    return doubt(results, rules.authserv, domain, rules.settings.authentication)


def _is_sender(address: str, rules: Rules) -> bool:
    expected = rules.settings.sender.lower()
    if expected.startswith("@"):
        return address.rpartition("@")[1:] == ("@", expected[1:])
    return address == expected


def _names_sender(mail: Mail, rules: Rules) -> bool:
    """Whether the ``From`` that a person sees has the portal's domain in it."""
    return rules.settings.sender.rpartition("@")[2].casefold() in mail.shown.casefold()


def _says(pattern: str, text: str) -> bool:
    return bool(pattern) and _compiled(pattern).search(text) is not None


def _found(pattern: str, text: str) -> set[str]:
    if not pattern:
        return set()
    return {" ".join((match[1] or "").split()).rstrip(" .,;") for match in _compiled(pattern).finditer(text)}


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """The profile's pattern, in which a blank is any white space: mail programs break lines wherever there is one."""
    if pattern.startswith("(?x"):  # there, blanks mean nothing
        return re.compile(pattern, re.IGNORECASE)
    pieces = _PIECES.findall(pattern)
    following = [*pieces[1:], ""]
    spread = (
        piece if piece.strip(" ") else (r"\s" if after[:1] in _QUANTIFIERS and after else r"\s+")
        for piece, after in zip(pieces, following, strict=True)
    )
    return re.compile("".join(spread), re.IGNORECASE)


def _serial(text: str) -> str:
    try:
        return read_serial(text)
    except NotASerialError:
        return text
