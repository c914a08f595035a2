"""From a manifest and its journal to the page that a report is: outcome, reasons, and the sections in their order."""

from __future__ import annotations

from typing import Final

from chukyso.errors import Family, Outcome
from chukyso.evidence.model.portal import EarlierStatus, EarlierSubmission
from chukyso.evidence.model.run import ErrorFacts, Privacy
from chukyso.report.page import Banner, Fact, Notice, Page, Text, Tone, code, plain, say, shown, strong
from chukyso.report.sections import sections_of
from chukyso.report.source import ReportSource, reconciled, serial
from chukyso.report.words import EARLIER, OUTCOMES, meaning_of, show_moment

HEADLINE: Final = "Diễn tập trên sandbox."
"""How the banner of a rehearsal begins."""
_FOOTER: Final = (
    "Biên bản do {} tự động lập từ dữ liệu của lần chạy; không sửa bằng tay. Mật khẩu và mã PIN không được ghi ở bất "
    "cứ đâu; số chấm trong hình là cố định, không cho biết độ dài."
)


def page_of(source: ReportSource) -> Page:
    """The page that the report of a run is."""
    manifest = source.manifest
    account, run = manifest.account, manifest.run
    words = OUTCOMES[manifest.outcome]
    tax_code = shown(account.tax_code) if account else ""
    written = "Nhật ký dừng" if source.recovered else "Lập"
    return Page(
        title=" – ".join(filter(None, ("Biên bản cập nhật chữ ký số", tax_code, words.headline))),
        kind="Biên bản thực hiện",
        heading="Cập nhật chữ ký số",
        system="trên hệ thống dịch vụ công Bảo hiểm xã hội Việt Nam",
        reference=(
            say("Số: `{}`", run.id),
            say(f"{written} lúc {{}} (giờ Việt Nam)", show_moment(source.ended)),
        ),
        rehearsal=run.rehearsal,
        banners=_banners(source),
        ending=_ending(source),
        error=_error(source),
        earlier=_earlier(manifest.earlier_submission),
        sections=sections_of(source),
        footer=_FOOTER.format(shown(manifest.host.product)),
    )


def _banners(source: ReportSource) -> tuple[Banner, ...]:
    banners = []
    if source.recovered:
        text = say(
            "Lần chạy bị tắt nên không tự lập biên bản; ở đây chỉ có những gì nhật ký `evidence/journal.jsonl` ghi "
            "lại, và không có bản kê (`evidence/manifest.json`)."
        )
        banners.append(Banner("Lập lại từ nhật ký.", text))
    if source.manifest.privacy is Privacy.MASKED:
        text = say(
            "Thư điện tử, điện thoại và số giấy tờ của người được che trong hình và rút gọn trong biên bản; "
            "`evidence/submission.xml` là hồ sơ đúng như đã gửi, nên còn nguyên thông tin liên hệ."
        )
        banners.append(Banner("Đã che dữ liệu cá nhân.", text, "masked"))
    if source.manifest.run.rehearsal:
        text = plain("Lần chạy này dùng cổng, chứng thư số và token mô phỏng; không có giá trị với cổng thật.")
        banners.append(Banner(HEADLINE, text))
    return tuple(banners)


def _ending(source: ReportSource) -> Notice:
    outcome = source.manifest.outcome
    words = OUTCOMES[outcome]
    meaning = meaning_of(outcome, submitted=source.submitting is not None and not source.taken_back)
    proof: Text = ()
    reconciliation = source.manifest.reconciliation
    if outcome is Outcome.UPDATED and reconciliation and (found := reconciled(source)):
        checked = show_moment(reconciliation.checked)
        proof = say("Đăng nhập lại lúc {}: cổng hiện chứng thư số {}.", checked, found)
    return Notice("Kết quả", words.headline, plain(meaning), proof, Tone(words.tone))


def _error(source: ReportSource) -> tuple[Fact, ...]:
    error = source.manifest.error
    if not error:
        return ()
    facts = [
        Fact("Lý do", (plain(error.happened),)),
        Fact("Việc cần làm", (strong(error.action),)),
        Fact("Mã lỗi", (say(f"`{{}}` – {_what_may_follow(source, error)}", error.code),)),
    ]
    if error.detail:
        detail = shown(error.detail, lines=True).splitlines()
        facts.append(Fact("Chi tiết kỹ thuật", tuple(code(line) for line in detail), quiet=True))
    return tuple(facts)


def _what_may_follow(source: ReportSource, error: ErrorFacts) -> str:
    if error.family is Family.BUSINESS:
        return "cần người xử lý; không tự chạy lại."
    if source.manifest.outcome is Outcome.UPDATED:
        return "thay đổi đã được ghi nhận; không cần chạy lại."
    if source.waits:
        return "lỗi kỹ thuật; phải xem trên cổng trước."
    if error.family is Family.APPLICATION:
        return "lỗi kỹ thuật; có thể chạy lại."
    return "phải đối chiếu trước; tuyệt đối không gửi lại ngay."


def _earlier(earlier: EarlierSubmission | None) -> Notice | None:
    if not earlier:
        return None
    standing = earlier.standing
    meaning = say(
        f"Lúc {{}}, lần chạy `{{}}` đã gửi hoặc có thể đã gửi chứng thư số {{}} cho tài khoản này: {EARLIER[standing]}",
        show_moment(earlier.submitted),
        earlier.run,
        serial(earlier.certificate_serial),
    )
    if earlier.reason:
        meaning += say(" “{}”.", earlier.reason)
    proof = say("Bằng chứng của lần chạy đó: `{}`", earlier.directory)
    tone = Tone.WARNING if standing is EarlierStatus.OPEN else Tone.NEUTRAL
    return Notice("Lần gửi trước", "", meaning, proof, tone)
