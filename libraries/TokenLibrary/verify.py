"""Keywords that say what a signature is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword

from chukyso.errors import ChukysoError, Code
from chukyso.signature.assess import LATER, assess
from chukyso.signature.profile import DEFAULT_PLACE
from chukyso.signature.validation_data import read_answers, read_file, read_moment, read_trust
from chukyso.signature.verdict import Verdict
from ChukysoKeywords import given_path


class VerifyKeywords:
    """Verdicts on signed documents."""

    @keyword(tags=["Signature"])
    def verify_document(
        self,
        document: Path | bytes,
        *,
        trust: Path | None = None,
        intermediates: Path | None = None,
        content: Path | bytes | None = None,
        place: str = DEFAULT_PLACE,
        part: str | None = None,
        at: str | None = None,
        answers: Path | None = None,
        offline: bool = False,
    ) -> Verdict:
        """Verify a signed XML document or a detached CMS signature and return the verdict.

        The verdict has ``status`` (``TOTAL-PASSED``, ``TOTAL-FAILED``, ``INDETERMINATE``), ``sub_indication`` (of ETSI
        EN 319 102-1, or ``None``), ``passed``, ``reasons`` (``code``, ``vietnamese``, ``english``, ``detail`` of each),
        ``reasons_vi``, ``reasons_en``, ``certificate``, ``certificate_bound`` (false: only its key is certain, another
        certificate of the same key could stand there), ``signing_time`` (the signer's own word, or ``None``),
        ``signed`` (what the signature is over) and ``not_checked``.

        - ``document``: the document, or the signature, as bytes or as the path of a file.
        - ``trust``: PEM file with the certificates to believe; without it no document is ever passed.
        - ``intermediates``: PEM file with certificates that help to build the path.
        - ``content``: what a detached signature is over.
        - ``place``: name of the element that holds the signature, or the path to it (``TTin/CKy``); ``.`` for the root;
          ``#`` and the Id of the signature.
        - ``part``: path of the element that must have been signed (``DLHDon`` in an invoice); the whole document when
          empty.
        - ``at``: moment to verify for, ISO 8601 with time zone; now when empty.
        - ``answers``: directory of kept answers about revocation, such as a run's ``evidence/validation``.
        - ``offline``: ask nobody about revocation.

        Does not fail because of what is in the document; see `Document Should Be Totally Passed`. Fails with
        ``OPTION_INVALID`` when a file cannot be read.

        ```robotframework
        ${verdict}    Verify Document    ${signed}    trust=${run.trust_roots}    offline=True
        Should Be Equal    ${verdict.certificate.tax_code}    0101234565
        ```
        """
        directory = given_path(answers)
        verdict = assess(
            document if isinstance(document, bytes) else read_file(document, "document"),
            at=read_moment(at) if at else datetime.now(UTC),
            trust=read_trust(_given_list(trust), _given_list(intermediates), directory),
            content=_content(content),
            place=None if place == "." else place,
            part=part or None,
            revocation=replace(LATER, answers=read_answers(directory) if directory else (), online=not offline),
        )
        logger.info(f"{verdict.name}, verified for {verdict.at.isoformat()}")
        for reason in verdict.reasons:
            logger.info(f"{reason.code.value}: {reason.english} {reason.detail}")
        return verdict

    @keyword(tags=["Signature"])
    def document_should_be_totally_passed(self, verdict: Verdict) -> None:
        """Fail unless a verdict is ``TOTAL-PASSED``: neither ``TOTAL-FAILED`` nor ``INDETERMINATE`` will do.

        - ``verdict``: what `Verify Document` returned.

        Fails with ``SIGNATURE_NOT_PASSED``.

        ```robotframework
        ${verdict}    Verify Document    ${signed}    trust=${run.trust_roots}
        Document Should Be Totally Passed    ${verdict}
        ```
        """
        if not verdict.passed:
            detail = "; ".join(f"{reason.code.value}: {reason.detail}" for reason in verdict.reasons)
            raise ChukysoError(
                Code.SIGNATURE_NOT_PASSED, detail, verdict=verdict.name, reason=" ".join(verdict.reasons_vi)
            )


def _given_list(path: Path | None) -> list[Path]:
    given = given_path(path)
    return [given] if given else []


def _content(content: Path | bytes | None) -> bytes | None:
    if isinstance(content, bytes):
        return content
    given = given_path(content)
    return read_file(given, "content") if given else None
