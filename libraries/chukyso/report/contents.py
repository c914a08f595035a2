"""From a manifest and its journal to the page that a report is: verdict, reasons, and the sections in their order."""

from __future__ import annotations

from typing import Final

from chukyso.errors import Family, Outcome
from chukyso.evidence.earlier import Standing
from chukyso.report.page import Banner, Fact, Page, Text, Tone, Verdict, code, plain, say, shown, strong
from chukyso.report.sections import sections_of
from chukyso.report.told import Part, Told, reconciled, serial
from chukyso.report.words import EARLIER, VERDICTS, meaning_of, show_moment

HEADLINE: Final = "Diễn tập trên sandbox."
"""How the banner of a rehearsal begins."""
_FOOTER: Final = (
    "Biên bản do {} tự động lập từ dữ liệu của lần chạy; không sửa bằng tay. Mật khẩu và mã PIN không được ghi ở bất "
    "cứ đâu; số chấm trong hình là cố định, không cho biết độ dài."
)


def page_of(told: Told) -> Page:
    """The page that the report of a run is.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: the manifest is not one (``UNTOLD``).
    """
    account, run = told.part("account"), told.part("run")
    verdict = VERDICTS[told.outcome]
    tax_code = shown(account["tax_code"]) if account else ""
    written = "Nhật ký dừng" if told.recovered else "Lập"
    return Page(
        title=" – ".join(filter(None, ("Biên bản cập nhật chữ ký số", tax_code, verdict.headline))),
        kind="Biên bản thực hiện",
        heading="Cập nhật chữ ký số",
        system="trên hệ thống dịch vụ công Bảo hiểm xã hội Việt Nam",
        reference=(
            say("Số: `{}`", run["id"]),
            say(f"{written} lúc {{}} (giờ Việt Nam)", show_moment(told.ended)),
        ),
        rehearsal=run.get("rehearsal") is True,
        banners=_banners(told),
        verdict=_verdict(told),
        error=_error(told),
        earlier=_earlier(told.part("earlier_submission")),
        sections=sections_of(told),
        footer=_FOOTER.format(shown(told.part("host")["product"])),
    )


def _banners(told: Told) -> tuple[Banner, ...]:
    banners = []
    if told.recovered:
        text = say(
            "Lần chạy bị tắt nên không tự lập biên bản; ở đây chỉ có những gì nhật ký `evidence/journal.jsonl` ghi "
            "lại, và không có bản kê (`evidence/manifest.json`)."
        )
        banners.append(Banner("Lập lại từ nhật ký.", text))
    if told.manifest.get("privacy") == "masked":
        text = say(
            "Thư điện tử, điện thoại và số giấy tờ của người được che trong hình và rút gọn trong biên bản; "
            "`evidence/submission.xml` là hồ sơ đúng như đã gửi, nên còn nguyên thông tin liên hệ."
        )
        banners.append(Banner("Đã che dữ liệu cá nhân.", text, "masked"))
    if told.part("run").get("rehearsal") is True:
        text = plain("Lần chạy này dùng cổng, chứng thư số và token mô phỏng; không có giá trị với cổng thật.")
        banners.append(Banner(HEADLINE, text))
    return tuple(banners)


def _verdict(told: Told) -> Verdict:
    verdict = VERDICTS[told.outcome]
    meaning = meaning_of(told.outcome, submitted=told.submitting is not None and not told.taken_back)
    proof: Text = ()
    if told.outcome is Outcome.UPDATED and (found := reconciled(told)):
        checked = show_moment(told.part("reconciliation")["checked"])
        proof = say("Đăng nhập lại lúc {}: cổng hiện chứng thư số {}.", checked, found)
    return Verdict("Kết quả", verdict.headline, plain(meaning), proof, Tone(verdict.tone))


def _error(told: Told) -> tuple[Fact, ...]:
    error = told.part("error")
    if not error:
        return ()
    facts = [
        Fact("Lý do", (plain(error["happened"]),)),
        Fact("Việc cần làm", (strong(error["action"]),)),
        Fact("Mã lỗi", (say(f"`{{}}` – {_what_may_follow(told)}", error["code"]),)),
    ]
    if error.get("detail"):
        detail = shown(error["detail"], lines=True).splitlines()
        facts.append(Fact("Chi tiết kỹ thuật", tuple(code(line) for line in detail), quiet=True))
    return tuple(facts)


def _what_may_follow(told: Told) -> str:
    family = told.part("error")["family"]
    if family == Family.BUSINESS.value:
        return "cần người xử lý; không tự chạy lại."
    if told.outcome is Outcome.UPDATED:
        return "thay đổi đã được ghi nhận; không cần chạy lại."
    if told.waits:
        return "lỗi kỹ thuật; phải xem trên cổng trước."
    if family == Family.APPLICATION.value:
        return "lỗi kỹ thuật; có thể chạy lại."
    return "phải đối chiếu trước; tuyệt đối không gửi lại ngay."


def _earlier(earlier: Part) -> Verdict | None:
    if not earlier:
        return None
    standing = Standing(earlier["standing"])
    meaning = say(
        f"Lúc {{}}, lần chạy `{{}}` đã gửi hoặc có thể đã gửi chứng thư số {{}} cho tài khoản này: {EARLIER[standing]}",
        show_moment(earlier["submitted"]),
        earlier["run"],
        serial(earlier["certificate_serial"]),
    )
    if earlier.get("reason"):
        meaning += say(" “{}”.", earlier["reason"])
    proof = say("Bằng chứng của lần chạy đó: `{}`", earlier["directory"])
    tone = Tone.WARNING if standing is Standing.OPEN else Tone.NEUTRAL
    return Verdict("Lần gửi trước", "", meaning, proof, tone)
