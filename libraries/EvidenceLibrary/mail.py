"""Keywords for the result by e-mail, the second stage after the notice on the screen."""

from __future__ import annotations

from robot.api import logger
from robot.api.deco import keyword
from robot.api.types import Secret
from robot.utils import timestr_to_secs

from chukyso.errors import ChukysoError, Code
from chukyso.evidence.journal import SUBMITTING
from chukyso.evidence.model.portal import MailStatus, ResultMail
from chukyso.mail.keep import keep_answer
from chukyso.mail.mailbox import Mailbox, parse_mailbox
from chukyso.mail.result import Rules, SearchCriteria, rules_of
from chukyso.mail.search import search_mailbox
from chukyso.portal.profile import Profile
from chukyso.report.mail_reasons import tell_reason
from chukyso.report.words import MAIL_STATUS
from EvidenceLibrary.run import CurrentRun

_LONGEST = 24 * 3600


class MailKeywords:
    """The result mail."""

    def __init__(self, run: CurrentRun) -> None:
        self._run = run
        self._where: tuple[Mailbox, Rules, float] | None = None

    @keyword(tags=["Mail"])
    def set_up_result_mail(self, mailbox: str, profile: Profile, *, wait: str = "20 s") -> None:
        """Check where the result mail is to be looked for, and that it could be told from others. Contacts nobody.

        - ``mailbox``: ``imaps://USER@HOST[:PORT][/FOLDER][?authserv=NAME&ca=FILE]``, or ``imap://`` for STARTTLS; never
          with a password.
        - ``profile``: its table ``result_mail`` says what the mails look like.
        - ``wait``: how long `Wait For Result Mail` waits.

        Fails with ``OPTION_INVALID`` or ``PROFILE_INCOMPLETE``.

        ```robotframework
        Set Up Result Mail    imaps://ketoan@mail.example/INBOX    ${run.profile}    wait=2 min
        ```
        """
        try:
            seconds = float(timestr_to_secs(wait))
        except ValueError as error:
            raise _bad_wait("phải là một khoảng thời gian như 20 s hoặc 2 min") from error
        if not 0 <= seconds <= _LONGEST:
            raise _bad_wait("phải từ 0 đến 24 giờ")
        where = parse_mailbox(mailbox)
        self._where = (where, rules_of(profile, where.authserv), seconds)

    @keyword(tags=["Mail"])
    def wait_for_result_mail(self, password: Secret) -> str:
        """Wait for the portal's result mail about this run, keep it, and return how it stands.

        To be called when the change is confirmed. Returns ``accepted``, ``refused`` or ``pending``. The mail is
        ``evidence/result-mail.eml``, the facts are in the manifest (``result_mail``). A mail that did not come in time
        is no error: ``chukyso evidence complete`` adds it later. The mailbox is only read: nothing is marked, moved or
        deleted.

        - ``password``: of the mailbox; tried once.

        Fails with ``MAIL_UNREACHABLE``, ``MAIL_LOGIN_FAILED`` or ``MAIL_FOLDER_MISSING``; the evidence then says
        ``pending`` and why.

        ```robotframework
        ${mail_password}    Resolve Secret    MAIL_PASSWORD    env:MAIL_PASSWORD
        Wait For Result Mail    ${mail_password}
        ```
        """
        if self._where is None:
            raise ChukysoError(Code.UNEXPECTED, "Set Up Result Mail was not called")
        mailbox, rules, seconds = self._where
        run = self._run
        run.update(result_mail=ResultMail(MailStatus.PENDING))
        run.journal.append("mail-awaited", seconds=seconds)
        run.console.line(f"    Chờ thư kết quả trong hộp thư, tối đa {seconds:.0f} giây …")
        try:
            answer = search_mailbox(mailbox, password.value, {"": (self._criteria(), rules)}, wait=seconds)[""]
        except ChukysoError as error:
            run.update(result_mail=ResultMail(MailStatus.PENDING, reason=error.code.name))
            run.journal.append("mail-pending", code=error.code.name)
            raise
        result_mail = keep_answer(run.output, answer, masked=run.masked if run.masker else None)
        run.update(result_mail=result_mail)
        self._tell(result_mail)
        return result_mail.status.value

    def _criteria(self) -> SearchCriteria:
        record, submitted = self._run.record, self._run.journal.first(SUBMITTING)
        if submitted is None or record.account is None or record.new_certificate is None:
            raise ChukysoError(Code.UNEXPECTED, "nothing was submitted")
        transaction = (record.receipt.transaction if record.receipt else None) or ""
        return SearchCriteria(record.account.tax_code, record.new_certificate.serial, transaction, submitted.time)

    def _tell(self, result_mail: ResultMail) -> None:
        run, suspicious = self._run, len(result_mail.suspicious)
        if result_mail.status is MailStatus.PENDING:
            run.journal.append("mail-pending", suspicious=suspicious or None)
        else:
            run.journal.append(
                "mail-received",
                result=result_mail.status,
                sender=result_mail.sender,
                received=result_mail.received,
                sha256=result_mail.sha256,
                suspicious=suspicious or None,
            )
        run.console.line(f"    Thư kết quả: {MAIL_STATUS[result_mail.status.value]}")
        if result_mail.status is MailStatus.REFUSED:
            logger.warn(str(ChukysoError(Code.MAIL_REFUSED)))
        for one in result_mail.suspicious:
            reason = f"“{one.subject}” của “{one.sender}”: {tell_reason(one.reason)}"
            code = Code.MAIL_SPOOFED if one.forged else Code.MAIL_UNVERIFIED
            logger.warn(str(ChukysoError(code, one.reason, reason=reason)))


def _bad_wait(reason: str) -> ChukysoError:
    return ChukysoError(Code.OPTION_INVALID, name="MAIL_WAIT", reason=reason)
