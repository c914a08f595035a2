"""The report as it is printed for the seal: ``report.html`` with a few words about the seal at the foot of page one."""

from __future__ import annotations

import json
from datetime import datetime

from chukyso.certificate import Certificate
from chukyso.moment import to_vietnam

# The place is that of ``seal.SEAL_BOX``: the signature field lies over these words, so that a click on them in a reader
# shows the signature.
_STYLE = """<style>
@page :first {{ margin-bottom: 30mm;
  @bottom-left {{ content: {words}; white-space: pre-line; text-align: left; vertical-align: top; width: 140mm;
    height: 12.5mm; margin: 6mm 0 11.5mm; padding: 1mm 3mm; border: .5pt solid #123f6d; border-left: 3pt solid #123f6d;
    background: #f4f6f8; font: 7.5pt/1.4 "Noto Sans", "Segoe UI", Arial, sans-serif; color: #1c2430; }}
  @bottom-right {{ vertical-align: top; margin-top: 11mm; width: 30mm; }} }}
</style>
</head>"""


# On every page, whatever ``report.html`` says.
_REHEARSAL_STYLE = """<style>
@page {{
  @top-center {{ content: {words}; font: bold 8pt "Noto Sans", "Segoe UI", Arial, sans-serif; color: #b00020; }} }}
</style>
</head>"""
REHEARSAL_MARK = "DIỄN TẬP"
"""What every page of a sealed rehearsal begins with; it is in the title and in the signature's reason as well."""


def page_to_print(report: str, certificate: Certificate, now: datetime, *, rehearsal: bool = False) -> str:
    """The report's HTML with the words about the seal.

    Args:
        report: ``report.html``.
        certificate: Whose seal it will be.
        now: The moment, aware.
        rehearsal: Whether the run was a rehearsal, which every page then says.
    """
    lines = (
        f"NIÊM PHONG ĐIỆN TỬ: {certificate.owner}",
        f"lúc {to_vietnam(now):%H:%M ngày %d/%m/%Y} (giờ Việt Nam), chứng thư số {certificate.serial.upper()}",
        f"do {certificate.issuer} cấp. Kèm theo: manifest.json, submission.xml (nếu có), journal.jsonl.",
    )
    if rehearsal:
        words = _css_string((f"{REHEARSAL_MARK} TRÊN SANDBOX – KHÔNG CÓ GIÁ TRỊ VỚI CỔNG THẬT",))
        report = report.replace("</head>", _REHEARSAL_STYLE.format(words=words), 1)
    return report.replace("</head>", _STYLE.format(words=_css_string(lines)), 1)


def _css_string(lines: tuple[str, ...]) -> str:
    """Lines as one CSS string inside a style element: nothing of them can end either."""
    plain = [" ".join("".join(letter for letter in line if letter.isprintable()).split()) for line in lines]
    quoted = [json.dumps(line, ensure_ascii=False)[1:-1].replace("<", "\\3c ") for line in plain]
    return '"' + "\\A ".join(quoted) + '"'
