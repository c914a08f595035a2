"""The facts about a sealed PDF, and the sentences for its problems."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any


@dataclass(frozen=True)
class Finding:
    """How one thing that was found is said.

    Attributes:
        vi: Vietnamese sentence for the operator.
        en: The same in English, for logs.
        breaks: Whether the seal does not hold because of it; else it is to be known only.
    """

    vi: str
    en: str
    breaks: bool = True


class SealProblem(Enum):
    """What can be wrong with a seal, or is to be known about it; the name is the stable code."""

    UNREADABLE = Finding("Tệp không phải PDF hoặc bị hỏng.", "The file is no PDF, or a broken one.")
    NO_SEAL = Finding("Tệp PDF không có chữ ký niêm phong.", "The PDF has no seal.")
    TOO_MANY_SIGNATURES = Finding("Tệp PDF có chữ ký lạ ngoài niêm phong.", "There are signatures beside the seal.")
    CONTENT_CHANGED = Finding("Nội dung đã bị sửa sau khi niêm phong.", "The content was changed after it was sealed.")
    SIGNATURE_WRONG = Finding("Chữ ký niêm phong không đúng.", "The seal's signature is wrong.")
    NOT_COVERED = Finding("Chữ ký không bao trùm toàn bộ tệp.", "The signature does not cover the whole file.")
    CHANGED_LATER = Finding(
        "Có nội dung được thêm hoặc thay sau khi niêm phong.", "Something was added or replaced after the sealing."
    )
    SIGNER_UNTRUSTED = Finding(
        "Chứng thư số niêm phong không thuộc chuỗi tin cậy hoặc không hợp lệ.",
        "The seal's certificate does not lead to a trusted root, or is not valid.",
    )
    SIGNER_REVOKED = Finding("Chứng thư số niêm phong đã bị thu hồi.", "The seal's certificate was revoked.")
    SIGNER_USAGE = Finding(
        "Chứng thư số niêm phong không dùng để ký tài liệu.", "The seal's certificate is not for signing documents."
    )
    TIMESTAMP_WRONG = Finding("Dấu thời gian không đúng.", "A time stamp is wrong.")
    TIMESTAMP_UNTRUSTED = Finding(
        "Dấu thời gian không phải của tổ chức được tin cậy.", "A time stamp is not by an authority that is trusted."
    )
    ATTACHMENT_MISSING = Finding("Thiếu tệp đính kèm trong PDF.", "An attachment is missing in the PDF.")
    ATTACHMENT_DIFFERS = Finding(
        "Tệp đính kèm trong PDF khác với tệp trên đĩa.", "An attachment in the PDF is not the file beside it."
    )
    NO_TIMESTAMP = Finding(
        "Niêm phong chưa có dấu thời gian.", "The seal has no time stamp: only the machine's clock says when.", False
    )
    CLOCK_DIFFERS = Finding(
        "Đồng hồ của máy niêm phong lệch nhiều so với dấu thời gian.",
        "The clock of the machine that sealed was far from the time stamp's.",
        False,
    )
    TRUST_UNKNOWN = Finding(
        "Chưa cho biết chứng thư số gốc nào được tin cậy.", "Nobody said which roots are trusted.", False
    )
    NO_REVOCATION = Finding(
        "Không có dữ liệu thu hồi đi kèm.", "There is no revocation data that fits the time of the seal.", False
    )


@dataclass(frozen=True)
class Found:
    """One finding in one file.

    Attributes:
        problem: What.
        detail: Technical detail, English; the name of an attachment first where it is about one.
    """

    problem: SealProblem
    detail: str = ""

    def to_dict(self) -> dict[str, Any]:
        finding = self.problem.value
        return {
            "code": self.problem.name,
            "vi": finding.vi,
            "en": finding.en,
            "detail": self.detail,
            "breaks": finding.breaks,
        }


@dataclass(frozen=True)
class Attachment:
    """A file inside the PDF.

    Attributes:
        name: Its name.
        sha256: Its hash, lower-case hex.
        data: Its content.
    """

    name: str
    sha256: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class SealFacts:
    """What is known of the seal of a PDF.

    Attributes:
        intact: The signature is right, covers the whole file, and nothing but validation data and document time
            stamps was added later.
        trusted: Whether the signer's certificate (and time stamps, when there are any) lead to a trusted root and were
            good at that time; None when no roots were given.
        signer: Common name of the signer; "" when there is no seal.
        issuer: Common name of its issuer.
        claimed: When it was sealed by the clock of the machine that sealed, aware; None when it does not say.
        moment: When it was sealed: by its own time stamp, else ``claimed``. A time stamp that was added later does not
            count.
        stamped: When it was sealed at the latest by a time stamp authority, aware; None without a time stamp.
        authority: Common name of that authority; "" without a time stamp.
        long_term: Whether the data to check revocation at that time is inside the PDF.
        attachments: The files inside.
        found: Everything that was found, worst first.
    """

    intact: bool
    trusted: bool | None
    signer: str = ""
    issuer: str = ""
    claimed: datetime | None = None
    moment: datetime | None = None
    stamped: datetime | None = None
    authority: str = ""
    long_term: bool = False
    attachments: tuple[Attachment, ...] = ()
    found: tuple[Found, ...] = ()

    @property
    def problems(self) -> tuple[Found, ...]:
        """What breaks the seal."""
        return tuple(found for found in self.found if found.problem.value.breaks)

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the seal; whom to trust may still be unknown, see ``trusted``."""
        return self.intact and not self.problems
