"""The result mail in the evidence: the mail itself, and what the manifest or a supplement says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from chukyso.evidence.files import write_whole
from chukyso.evidence.model.portal import MailStatus, ResultMail, SuspiciousMail
from chukyso.mail.search import Answer

RESULT_MAIL_FILE: Final = "evidence/result-mail.eml"


def keep_answer(output: Path, answer: Answer, *, masked: Callable[[str], str] | None = None) -> ResultMail:
    """Write the mail into the evidence, when there is one, and return what is to be said of it.

    Args:
        output: The run's output directory.
        answer: What was found.
        masked: How the run's policy lets text be seen; with one, the mail itself is not kept: it is about a person,
            and a mail cannot be masked without becoming another mail. Its hash is kept.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``.
    """
    shown = masked or str
    suspicious = tuple(
        SuspiciousMail(one.received, shown(one.sender), shown(one.subject), one.reason, one.forged)
        for one in answer.suspicious
    )
    result = answer.result
    if result is None:
        return ResultMail(MailStatus.PENDING, suspicious=suspicious)
    if masked is None:
        write_whole(output / RESULT_MAIL_FILE, result.data)
    return ResultMail(
        MailStatus(result.verdict.value),
        received=result.received,
        sender=shown(result.mail.sender) or None,
        subject=shown(result.mail.subject) or None,
        message_id=result.mail.message_id or None,
        sha256=hashlib.sha256(result.data).hexdigest(),
        path=RESULT_MAIL_FILE if masked is None else None,
        suspicious=suspicious,
    )
