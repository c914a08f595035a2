"""The numbered sections of a report, except that of the figures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from chukyso.evidence.guide import STEPS, TITLE
from chukyso.evidence.journal import SUBMITTING, Entry
from chukyso.evidence.manifest import MANIFEST_FILE
from chukyso.evidence.model.guide import Step
from chukyso.evidence.model.portal import MailStatus, Receipt, ResultMail, SuspiciousMail
from chukyso.evidence.model.run import Account, Host, RunFacts
from chukyso.evidence.model.signing import CertificateFacts, SignatureFacts, ValidationFacts
from chukyso.moment import to_vietnam
from chukyso.report.mail_reasons import tell_reason
from chukyso.report.page import (
    Block,
    Cell,
    Fact,
    Facts,
    Paragraph,
    Row,
    Section,
    Table,
    Text,
    Tone,
    code,
    plain,
    say,
    strong,
)
from chukyso.report.plates import figures_of
from chukyso.report.signing import by_client, words_on_checking
from chukyso.report.source import ReportSource, reconciled, serial
from chukyso.report.words import EVENTS, MAIL_STATUS, STEP_STATUS, VALIDITY, show_moment, tell
from chukyso.signature.presign import ValidationStatus

_NOTHING = plain("—")
_CERTIFICATE = (
    ("Số chứng thư số", "serial"),
    ("Chủ thể", "owner"),
    ("Mã số thuế", "tax_code"),
    ("Tổ chức chứng thực", "issuer"),
    ("Hiệu lực từ", "valid_from"),
    ("Hiệu lực đến", "valid_to"),
)


def sections_of(source: ReportSource) -> tuple[Section, ...]:
    """Sections 1 to 8."""
    return (
        Section("1. Thông tin chung", (_facts(_general(source)),)),
        Section("2. Chứng thư số trước và sau", tuple(_certificates(source))),
        Section("3. Thông tin liên hệ trên tờ khai", tuple(_contact(source))),
        Section("4. Các bước thực hiện", (_steps(source),)),
        Section("5. Chữ ký số trên hồ sơ", tuple(_signature(source))),
        Section("6. Hình chụp", figures_of(source), "figures"),
        Section("7. Tệp bằng chứng và mã băm", _files(source)),
        Section("8. Nhật ký", _journal(source)),
    )


def show_clock(moment: datetime) -> str:
    """Time of day with milliseconds."""
    return f"{to_vietnam(moment):%H:%M:%S,%f}"[:-3]


def show_seconds(duration: timedelta | None) -> str:
    """A duration as Vietnamese writes it: 3,2 giây."""
    return "—" if duration is None else f"{duration.total_seconds():.1f} giây".replace(".", ",")


def show_size(size: int) -> str:
    """Bytes, in groups of three as Vietnamese writes them: 12.345 byte."""
    return f"{size:,} byte".replace(",", ".")


def _facts(rows: Iterable[tuple[str, Text | tuple[Text, ...]]]) -> Facts:
    """Rows of a label and a text, or several texts, one a line."""
    facts = []
    for label, said in rows:
        lines = said if said and isinstance(said[0], tuple) else (said,)
        facts.append(Fact(label, lines))  # type: ignore[arg-type]  # told apart by what is in it
    return Facts(tuple(facts))


def _general(source: ReportSource) -> Iterable[tuple[str, Text | tuple[Text, ...]]]:
    manifest = source.manifest
    run, token = manifest.run, manifest.token
    yield "Tài khoản (mã số thuế)", _account(manifest.account)
    if known := manifest.certificates.new or manifest.certificates.registered:
        yield "Tên đơn vị", plain(known.owner)
    yield "Cổng", _portal(run)
    moments = show_moment(run.started), show_moment(source.ended), show_seconds(source.ended - run.started)
    yield "Thời gian", say("{} – {} (giờ Việt Nam, UTC+7), {}", *moments)
    if token:
        label = say(", nhãn {}", token.label) if token.label else ()
        yield "Token", say("số sê-ri `{}`{}, thư viện `{}`", token.serial, label, token.module)
    else:
        yield "Token", plain("chưa đọc")
    yield "Gửi hồ sơ", _submitting(source)
    if manifest.receipt:
        yield "Cổng xác nhận", _receipt(manifest.receipt)
    mail = manifest.result_mail
    if mail.status is not MailStatus.NOT_ASKED:
        yield "Kết quả qua thư điện tử", (_mail(mail), *map(_suspicious, mail.suspicious))
    yield "Thực hiện bằng", plain("; ".join(_versions(source, manifest.host)))
    yield "Theo tài liệu", plain(TITLE)


def _account(account: Account | None) -> Text:
    if not account:
        return plain("chưa xác định")
    return strong(account.tax_code) + (say(", đơn vị {}", account.unit) if account.unit else ())


def _portal(run: RunFacts) -> Text:
    if not run.portal and not run.profile:
        return plain("chưa xác định")
    profile = say("(cấu hình {})", run.profile) if run.profile else ()
    return (say("`{}` ", run.portal) if run.portal else ()) + profile


def _submitting(source: ReportSource) -> Text:
    if source.submitting is None:
        return plain("không gửi")
    began = show_moment(source.submitting)
    if source.taken_back:
        return say("không gửi: bắt đầu lúc {} nhưng không ký được hồ sơ", began)
    return say("bắt đầu lúc {}", began)


def _receipt(receipt: Receipt) -> Text:
    text = say("đã đăng ký chứng thư số {}", serial(receipt.serial))
    if receipt.recorded:
        text += say(", ghi nhận lúc {}", show_moment(receipt.recorded))
    if receipt.transaction:
        text += say(", mã giao dịch `{}`", receipt.transaction)
    return text


def _mail(mail: ResultMail) -> Text:
    if mail.status is MailStatus.PENDING:
        why = say(" (không đọc được hộp thư: `{}`)", mail.reason) if mail.reason else ()
        return say(
            "chưa nhận được khi lần chạy kết thúc{}; thư có thể đến sau, bổ sung bằng `chukyso evidence complete`", why
        )
    said = f"**{MAIL_STATUS[mail.status]}**, thư của {{}} nhận lúc {{}}: “{{}}”"
    text = say(said, mail.sender or "", show_moment(mail.received), mail.subject or "")
    if mail.path:
        return text + say(", giữ trong `{}`", mail.path)
    return text + say("; thư không được giữ lại vì có thông tin cá nhân, SHA-256 `{}`", mail.sha256 or "")


def _suspicious(one: SuspiciousMail) -> Text:
    kind = "Thư giả mạo hoặc đáng ngờ" if one.forged else "Thư chưa xác minh được"
    words = (one.sender, show_moment(one.received), one.subject, tell_reason(one.reason), one.reason)
    return say(f"{kind}, không được tính: từ {{}}, nhận lúc {{}}: “{{}}”, {{}} (`{{}}`)", *words)


def _versions(source: ReportSource, host: Host) -> Iterable[str]:
    yield host.product
    if not source.recovered:
        yield f"Robot Framework {host.robot}"
        yield f"Python {host.python}"
        yield host.system
    if host.browser:
        yield host.browser


def _certificates(source: ReportSource) -> Iterable[Block]:
    certificates, validation = source.manifest.certificates, source.manifest.validation
    before, after = certificates.registered, certificates.new
    if before or after:
        columns = ("Nội dung", "Đang đăng ký trước khi chạy", "Chứng thư số mới trên token")
        yield Table("compare", columns, tuple(_compared(before, after)))
    else:
        yield Paragraph(plain("Lần chạy kết thúc trước khi đọc chứng thư số."), Tone.NONE)
    if validation:
        yield from _validation(validation)
    yield Paragraph(say("**Đối chiếu:** {}", _reconciliation(source)))


def _compared(before: CertificateFacts | None, after: CertificateFacts | None) -> Iterable[Row]:
    for label, name in _CERTIFICATE:
        old, new = (_field(certificate, name) for certificate in (before, after))
        differs = bool(before and after and old != new)
        kind = "code" if name == "serial" else ""
        head = Cell(plain(label), mark="khác" if differs else "")
        yield Row((head, Cell(old, kind), Cell(new, kind)), "differs" if differs else "", headed=True)


def _field(certificate: CertificateFacts | None, name: str) -> Text:
    value = getattr(certificate, name, "")
    if not value:
        return _NOTHING
    if name == "serial":
        return serial(value)
    return plain(show_moment(value) if name.startswith("valid") else value)


def _validation(validation: ValidationFacts) -> Iterable[Block]:
    verdict = validation.verdict
    yield Paragraph(
        say(
            f"**Kiểm tra chứng thư số mới trước khi ký** (lúc {{}}): {VALIDITY[verdict]}",
            show_moment(validation.moment),
        ),
        Tone.GOOD if verdict == ValidationStatus.VALID.value else Tone.BAD,
    )
    path = validation.path
    if not path:
        return
    last = len(path) - 1
    names = {last: "Chứng thư số gốc"} | {0: "Chứng thư số mới"}
    rows = [
        (names.get(place, "Do tổ chức chứng thực"), say("{} – {}", one.subject, serial(one.serial)))
        for place, one in enumerate(path)
    ]
    for answer in validation.answers:
        about = answer.url, serial(answer.certificate_serial), answer.path
        rows.append((f"Trả lời {answer.kind.upper()}", say("`{}` về chứng thư số {}, giữ trong `{}`", *about)))
    yield _facts(rows)
    if validation.reason:
        yield Paragraph(say("Chi tiết kỹ thuật: `{}`", validation.reason), Tone.NOTE)


def _reconciliation(source: ReportSource) -> Text:
    reconciliation = source.manifest.reconciliation
    if reconciliation and (found := reconciled(source)):
        return say("đăng nhập lại lúc {}, cổng đang đăng ký {}.", show_moment(reconciliation.checked), found)
    if source.submitting is not None and not source.taken_back:
        return plain("chưa đăng nhập lại để đối chiếu.")
    if source.waits:
        return plain("lần chạy này không gửi hồ sơ; lần gửi trước chưa được đối chiếu.")
    return plain("không cần, vì không gửi hồ sơ.")


def _contact(source: ReportSource) -> Iterable[Block]:
    contact = source.manifest.contact
    if not contact:
        yield Paragraph(plain("Lần chạy kết thúc trước khi đọc thông tin liên hệ."), Tone.NONE)
        return
    rows = [("Thư điện tử", contact.email), ("Điện thoại", contact.phone)]
    yield _facts((label, plain(value) if value else _NOTHING) for label, value in rows)
    note = "Khi đăng ký thay đổi, cổng nhận luôn hai thông tin này cùng với chứng thư số."
    yield Paragraph(plain(note), Tone.NOTE)


def _steps(source: ReportSource) -> Table:
    rows = []
    begun = {step.number: step for step in source.manifest.steps}
    titles = STEPS | {number: step.title for number, step in begun.items()}
    for number, title in sorted(titles.items()):
        step = begun.get(number)
        rows.append(Row((Cell(plain(number), "number"), Cell(plain(title)), *_step(step))))
    columns = ("Bước", "Nội dung", "Bắt đầu", "Kết thúc", "Thời gian", "Tình trạng")
    return Table("steps", columns, tuple(rows))


def _step(step: Step | None) -> tuple[Cell, ...]:
    if step is None:
        return (*(Cell(_NOTHING, "time") for _ in range(3)), Cell(plain("Không thực hiện"), "none"))
    started, ended, status = step.started, step.ended, step.status
    times = show_clock(started), show_clock(ended) if ended else "—", show_seconds(ended - started if ended else None)
    return (*(Cell(plain(time), "time") for time in times), Cell(plain(STEP_STATUS[status]), status.value))


def _signature(source: ReportSource) -> Iterable[Block]:
    submission = source.manifest.submission
    if not submission:
        yield Paragraph(plain("Không có hồ sơ nào được ký trong lần chạy này."), Tone.NONE)
        return
    signature = submission.signature
    if signature.valid:
        yield Paragraph(say("**Chữ ký đúng.** Nội dung hồ sơ không bị thay đổi kể từ khi ký."), Tone.GOOD)
    else:
        why = signature.refusal or ""
        yield Paragraph(say("**Chữ ký không được xác nhận.** Lý do: `{}`", why), Tone.BAD)
    rows: list[tuple[str, Text | tuple[Text, ...]]] = []
    if signature.certificate_serial:
        rows += _signer(source, signature)
    rows += [
        ("Tệp", say("`{}`, {}", submission.path, show_size(submission.size))),
        ("SHA-256 của tệp", code(submission.sha256)),
        ("Đã kiểm tra thế nào", _how_checked(source)),
        *by_client(source.manifest.signer),
        ("Tự kiểm tra lại", _how_to_check(source.root, submission.path)),
    ]
    yield _facts(rows)


def _signer(source: ReportSource, signature: SignatureFacts) -> list[tuple[str, Text | tuple[Text, ...]]]:
    new = source.manifest.certificates.new
    by = serial(signature.certificate_serial)
    if new:
        same = signature.certificate_serial == new.serial
        by += plain(" – đúng là chứng thư số mới ở mục 2" if same else " – KHÁC với chứng thư số mới ở mục 2")
    algorithms = signature.algorithm, signature.digest
    return [
        ("Người ký", say("{} – MST {}", signature.signer, signature.tax_code)),
        ("Bằng chứng thư số", by),
        ("Do tổ chức chứng thực", plain(signature.issuer)),
        ("Thuật toán", say("{}; băm nội dung {}; XMLDSig dạng enveloped, exclusive C14N", *algorithms)),
        ("Thời điểm ký (do bên ký ghi)", plain(show_moment(signature.signing_time))),
    ]


def _how_checked(source: ReportSource) -> Text:
    text = words_on_checking(source.manifest.signer)
    validation = source.manifest.validation
    if validation and validation.verdict == ValidationStatus.VALID.value:
        return plain(text + "Chứng thư số được tin cậy và chưa bị thu hồi: xem mục 2.")
    return plain(
        text
        + "Phép kiểm tra này không thay cho việc xét chứng thư số có được tin cậy và chưa bị thu hồi hay không: xem "
        "mục 2; cổng cũng xét khi nhận hồ sơ."
    )


def _how_to_check(root: str, path: str) -> tuple[Text, ...]:
    command = f"xmlsec1 --verify --enabled-key-data x509 --trusted-pem {root or 'ROOT.pem'} {path}"
    if root:
        return code(command), say("Chạy trong thư mục kết quả; `{}` là chứng thư số gốc của sandbox.", root)
    return code(command), say(
        "Chạy trong thư mục kết quả; thay `ROOT.pem` bằng tệp chứng thư số gốc của tổ chức chứng thực."
    )


def _files(source: ReportSource) -> tuple[Block, ...]:
    rows = tuple(
        Row(
            (
                Cell(code(file.path), "code"),
                Cell(plain(show_size(file.size)), "size"),
                Cell(code(file.sha256), "code hash"),
            )
        )
        for file in source.files
    )
    note = say(
        "Mã băm của chính biên bản này nằm trong `{}`. Để kiểm tra một tệp, trong thư mục kết quả gõ: `sha256sum TỆP` "
        "hoặc, trên Windows, `certutil -hashfile TỆP SHA256`.",
        MANIFEST_FILE,
    )
    return Table("files", ("Tệp", "Kích thước", "SHA-256"), rows), Paragraph(note, Tone.NOTE)


def _journal(source: ReportSource) -> tuple[Block, ...]:
    note = say(
        f"Mỗi sự kiện được ghi xuống đĩa trước khi làm việc tiếp theo. Sự kiện “{EVENTS[SUBMITTING]}” là điểm không "
        "thể quay lại: từ đó hồ sơ có thể đã được gửi. Bản gốc bằng tiếng Anh: `evidence/journal.jsonl`."
    )
    rows = tuple(map(_event, source.journal))
    return Paragraph(note, Tone.NOTE), Table("journal", ("Số", "Lúc", "Sự kiện", "Nội dung"), rows)


def _event(entry: Entry) -> Row:
    cells = (
        Cell(plain(entry.seq), "number"),
        Cell(plain(show_clock(entry.time)), "time"),
        Cell(plain(EVENTS.get(entry.event, entry.event))),
        Cell(plain(tell(entry)), "data"),
    )
    return Row(cells, "submitting" if entry.event == SUBMITTING else "")
