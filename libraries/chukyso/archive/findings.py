"""What a look at evidence can find, each with its words in Vietnamese and English."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum


class Level(IntEnum):
    """How much a finding weighs; the heaviest decides the exit code."""

    NOTE = 0
    WARNING = 1
    UNPROVEN = 2
    UNREADABLE = 3
    CHANGED = 4

    @property
    def verdict(self) -> Verdict:
        """What it comes to, when it is the heaviest."""
        if self is Level.CHANGED:
            return Verdict.CHANGED
        if self is Level.UNREADABLE:
            return Verdict.UNREADABLE
        return Verdict.UNPROVEN if self is Level.UNPROVEN else Verdict.INTACT


class Verdict(StrEnum):
    """What all findings together come to."""

    INTACT = "intact"
    """Nothing was changed, and something outside the evidence says so."""
    UNPROVEN = "intact-unproven"
    """Nothing contradicts it, and nobody but the evidence itself vouches for it."""
    CHANGED = "changed"
    UNREADABLE = "unreadable"


class Problem(Enum):
    """Every kind of finding: level, Vietnamese, English. The braces are filled in from ``Finding.facts``."""

    # Files
    MANIFEST_MISSING = (
        Level.CHANGED,
        "Không có bản kê manifest.json: lần chạy chưa xong, bị ngắt, hoặc bản kê đã bị lấy đi.",
        "There is no manifest.json: the run is going on, was killed, or the manifest was taken away.",
    )
    MANIFEST_UNREADABLE = (
        Level.CHANGED,
        "Bản kê manifest.json không đọc được: không còn là tệp mà chương trình đã ghi.",
        "manifest.json cannot be read: {detail}.",
    )
    MANIFEST_MALFORMED = (
        Level.CHANGED,
        "Bản kê manifest.json thiếu hoặc sai phần bắt buộc.",
        "manifest.json is malformed: {detail}.",
    )
    FOLDER_UNREADABLE = (
        Level.UNREADABLE,
        "Thư mục không đọc được: xem quyền truy cập và ổ đĩa.",
        "The folder cannot be read: {detail}.",
    )
    FILE_CHANGED = (
        Level.CHANGED,
        "Tệp {path} đã bị thay đổi: {what_vi}.",
        "The file {path} was changed: {what}.",
    )
    FILE_MISSING = (Level.CHANGED, "Tệp {path} đã bị lấy đi.", "The file {path} is missing.")
    FILE_ADDED = (
        Level.CHANGED,
        "Tệp {path} không có trong bản kê: đã bị thêm vào.",
        "The file {path} is not in the manifest: it was added.",
    )
    SYSTEM_LITTER = (
        Level.NOTE,
        "{path} là tệp mà hệ điều hành tự để lại, không thuộc bằng chứng; không đọc.",
        "{path} is litter of the operating system, no part of the evidence; it was not read.",
    )
    NOT_A_FILE = (
        Level.CHANGED,
        "{path} không phải là tệp thường ({kind}); không mở.",
        "{path} is no regular file ({kind}); it was not opened.",
    )
    FACTS_DIFFER = (
        Level.CHANGED,
        "Bản kê tự mâu thuẫn, hoặc không khớp với các tệp bên cạnh.",
        "The manifest contradicts itself or its files: {detail}.",
    )

    REHEARSAL_DENIED = (
        Level.CHANGED,
        "Mâu thuẫn về việc diễn tập hay chạy thật: bản kê ghi {said_vi}, nhưng {what_vi}.",
        "Whether it was a rehearsal contradicts itself: the manifest says {said}, but {what}.",
    )
    PORTAL_ON_THIS_MACHINE = (
        Level.UNPROVEN,
        "Bản kê không ghi là diễn tập, nhưng cổng {portal} nằm ngay trên máy đã chạy: không phải cổng thật.",
        "The manifest says nothing of a rehearsal, but the portal {portal} was on the machine of the run.",
    )

    # Journal
    JOURNAL_BROKEN = (
        Level.CHANGED,
        "Nhật ký không đúng: sai thứ tự, thiếu dòng, hoặc không khớp với bản kê.",
        "The journal is wrong: {detail}.",
    )
    JOURNAL_CLOCK = (
        Level.WARNING,
        "Đồng hồ máy chạy lùi trong lần chạy: dòng {line} của nhật ký.",
        "The clock went backwards during the run: line {line} of the journal.",
    )

    # Signature of the submission
    SIGNATURE_FAILED = (
        Level.CHANGED,
        "Chữ ký trên submission.xml không đúng: {verdict}. {reason_vi}",
        "The signature on submission.xml is wrong: {verdict}. {reason}",
    )
    SIGNATURE_DOUBTFUL = (
        Level.WARNING,
        "Chữ ký trên submission.xml chưa kết luận được: {verdict}. {reason_vi}",
        "The signature on submission.xml: {verdict}. {reason}",
    )
    SIGNATURE_NO_ROOT = (
        Level.NOTE,
        "Chữ ký trên submission.xml đúng về toán học; chưa biết có tin được không (dùng --trust).",
        "The signature on submission.xml holds; who issued the certificate was not checked (give --trust).",
    )

    # What the manifest rests on
    NOT_VOUCHED_FOR = (
        Level.UNPROVEN,
        "Ngoài chính bằng chứng không có gì xác nhận bản kê: máy này không có sổ của lần chạy, và không có niêm phong.",
        "Nothing but the evidence itself vouches for the manifest: no register here has it, and it is not sealed.",
    )
    ROOT_INSIDE = (
        Level.UNPROVEN,
        "Niêm phong của {path} chỉ đúng theo chứng thư số gốc nằm ngay trong bằng chứng: người sửa cũng tự tạo được.",
        "The seal of {path} is believed only by a root that lies in the evidence: whoever forges one can make that.",
    )
    NOT_PROVEN_BEFORE_SEAL = (
        Level.UNPROVEN,
        "{path} được “{by}” niêm phong sau, {when_vi}: chứng minh được là không đổi từ lúc đó, không chứng minh được "
        "từ lúc chạy đến lúc đó.",
        "{path} was sealed later, {when}, by “{by}”: nothing was changed since; of the time before nobody knows.",
    )
    SEALED_LATER = (
        Level.NOTE,
        "{path} được “{by}” niêm phong sau, {when_vi}; từ lúc chạy đến lúc đó thì căn cứ là sổ của máy này.",
        "{path} was sealed later, {when}, by “{by}”; for the time before, the register vouches.",
    )
    SUPPLEMENT_NOT_VOUCHED_FOR = (
        Level.UNPROVEN,
        "Phần bổ sung số {number} không có trong sổ của máy này: ai cũng có thể thêm vào.",
        "Supplement {number} is in no register here: anybody can have added it.",
    )
    TRUST_INSIDE = (
        Level.WARNING,
        "Không dùng {path} của --trust: tệp nằm ngay trong bằng chứng. Hãy lấy chứng thư số gốc từ nơi khác.",
        "{path} of --trust was not used: it lies in the evidence. Take the root from elsewhere.",
    )

    # Supplements
    SUPPLEMENT_BROKEN = (
        Level.CHANGED,
        "Phần bổ sung {path} không đúng: đã bị sửa, hoặc không nối với phần trước.",
        "The supplement {path} is wrong: {detail}.",
    )
    SUPPLEMENT_MISSING = (
        Level.CHANGED,
        "Phần bổ sung số {number} có trong sổ của máy này nhưng đã bị lấy đi hoặc thay đổi.",
        "Supplement {number} is in this installation's register, but missing or changed.",
    )

    # Seal
    SEAL_MISSING = (
        Level.CHANGED,
        "Biên bản niêm phong report.pdf đã bị lấy đi, hoặc chưa kịp tạo khi lần chạy bị ngắt.",
        "The sealed report.pdf is missing, or was not made yet when the run was killed.",
    )
    SEAL_BROKEN = (Level.CHANGED, "Niêm phong của {path}: {vi}", "The seal of {path}: {en} {detail}")
    SEAL_REMARK = (Level.NOTE, "Niêm phong của {path}: {vi}", "The seal of {path}: {en} {detail}")
    NO_MANIFEST_INSIDE = (
        Level.UNREADABLE,
        "Trong {path} không có bản kê manifest.json: không phải biên bản của một lần chạy.",
        "There is no manifest.json in {path}: it is not the report of a run.",
    )
    SEAL_UNTRUSTED = (
        Level.CHANGED,
        "Niêm phong của {path} không dẫn tới chứng thư số gốc nào đã cho: {vi}",
        "The seal of {path} does not lead to any root that was given: {en} {detail}",
    )
    SEAL_OF_NOBODY = (
        Level.UNPROVEN,
        "Niêm phong của {path} nguyên vẹn, nhưng chưa biết của ai: chưa có chứng thư số gốc để tin (dùng --trust).",
        "The seal of {path} is intact, but anybody may have made it: no trusted root was given (--trust).",
    )

    # Chain
    NOT_CHAINED = (
        Level.NOTE,
        "Lần chạy này không nằm trong chuỗi nào.",
        "This run has no place in a chain.",
    )
    CHAIN_BROKEN = (
        Level.CHANGED,
        "Mắt xích số {sequence} không khớp với bản kê số {before}: một trong hai đã bị thay.",
        "Link {sequence} does not fit the manifest of run {before}: one of the two was replaced.",
    )
    CHAIN_FORKED = (
        Level.CHANGED,
        "Hai bản kê khác nhau cùng mang số {sequence}: một lần chạy đã bị chèn vào.",
        "Two different manifests have number {sequence}: a run was inserted.",
    )
    CHAIN_COPY = (
        Level.NOTE,
        "Cùng một lần chạy số {sequence} có ở nhiều nơi.",
        "The same run, number {sequence}, is there more than once.",
    )
    RUN_MISSING = (
        Level.CHANGED,
        "Thiếu lần chạy số {sequence} của chuỗi {chain}{ended_vi}: đã bị lấy đi.",
        "Run {sequence} of chain {chain}{ended} is missing: it was taken away.",
    )
    RUN_ELSEWHERE = (
        Level.NOTE,
        "{count} lần chạy của chuỗi {chain} nằm ở thư mục khác ({numbers}).",
        "{count} runs of chain {chain} were written elsewhere ({numbers}).",
    )
    RUN_REMOVED = (
        Level.NOTE,
        "{count} lần chạy của chuỗi {chain} đã được xóa có ghi sổ ({numbers}).",
        "{count} runs of chain {chain} were removed on purpose, and it was noted ({numbers}).",
    )
    REMOVAL_UNPROVEN = (
        Level.UNPROVEN,
        "{count} lần chạy của chuỗi {chain} được ghi là đã xóa ({numbers}), nhưng máy này không có sổ để đối chiếu.",
        "{count} runs of chain {chain} are noted as removed ({numbers}); there is no register here to confirm it.",
    )
    REMOVAL_UNKNOWN = (
        Level.CHANGED,
        "Lần chạy số {sequence} của chuỗi {chain} được ghi là đã xóa, nhưng sổ của máy này không biết việc đó.",
        "Run {sequence} of chain {chain} is noted as removed, but this installation's register knows nothing of it.",
    )
    REGISTER_DIFFERS = (
        Level.CHANGED,
        "Bản kê số {sequence} khác với bản kê mà sổ của máy này đã ghi.",
        "The manifest with number {sequence} is not the one in this installation's register.",
    )
    REGISTER_UNAWARE = (
        Level.CHANGED,
        "Sổ của máy này không biết lần chạy số {sequence}: đã bị chèn vào.",
        "This installation's register does not know run {sequence}: it was inserted.",
    )
    REGISTER_PENDING = (
        Level.NOTE,
        "Lần chạy số {sequence} bị ngắt trước khi vào sổ; lần chạy sau sẽ ghi.",
        "Run {sequence} was killed before the register knew it; the next run will add it.",
    )
    REGISTER_BROKEN = (
        Level.CHANGED,
        "Sổ của máy này cho chuỗi {chain} bị hỏng.",
        "This installation's register of chain {chain} is damaged: {detail}.",
    )
    REGISTER_ABSENT = (
        Level.UNPROVEN,
        "Máy này không có sổ của chuỗi {chain}: không biết được lần chạy cuối (số {last}) có phải là cuối thật không.",
        "There is no register of chain {chain} here: whether run {last} was really the last is not known.",
    )
    CLOCK = (
        Level.WARNING,
        "Đồng hồ: lần chạy số {sequence} kết thúc trước lần chạy số {before}, tuy đứng sau trong chuỗi.",
        "Clock: run {sequence} ended before run {before}, though it comes after it in the chain.",
    )
    CLOCK_FUTURE = (
        Level.WARNING,
        "Đồng hồ: lần chạy kết thúc ở tương lai ({ended}).",
        "Clock: the run ended in the future ({ended}).",
    )
    CLOCK_RUN = (
        Level.WARNING,
        "Đồng hồ: lần chạy kết thúc trước khi bắt đầu.",
        "Clock: the run ended before it began.",
    )
    TOMBSTONES_BROKEN = (
        Level.CHANGED,
        "Tệp {path} ghi các lần chạy đã xóa có {count} dòng không đọc được.",
        "{path}, which notes removed runs, has {count} lines that cannot be read.",
    )
    PRUNE_UNFINISHED = (
        Level.WARNING,
        "Việc xóa theo thời hạn bị ngắt giữa chừng; chạy lại chukyso evidence prune để làm nốt.",
        "Removing old evidence was interrupted; run chukyso evidence prune again to finish it.",
    )

    @property
    def level(self) -> Level:
        return self.value[0]


@dataclass(frozen=True)
class Finding:
    """Something that was found.

    Attributes:
        problem: What.
        run: Directory of the run, relative to what was looked at, with slashes; "" for the whole.
        facts: Values for the braces. May be anybody's text: whoever shows it makes it harmless.
    """

    problem: Problem
    run: str
    facts: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, problem: Problem, run: str = "", **facts: object) -> Finding:
        return cls(problem, run, tuple((name, str(value)) for name, value in facts.items()))

    @property
    def level(self) -> Level:
        return self.problem.level

    @property
    def vietnamese(self) -> str:
        return self.problem.value[1].format(**dict(self.facts))

    @property
    def english(self) -> str:
        return self.problem.value[2].format(**dict(self.facts))

    def to_json(self) -> dict[str, object]:
        return {
            "level": self.level.name.lower(),
            "code": self.problem.name,
            "run": self.run,
            "vi": self.vietnamese,
            "en": self.english,
            **({"path": dict(self.facts)["path"]} if "path" in dict(self.facts) else {}),
        }
