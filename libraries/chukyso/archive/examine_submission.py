"""Verifying the signature of the submitted document for the moment of the run, with the answers in its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from chukyso.archive.examined import Examined, Root
from chukyso.archive.findings import Problem
from chukyso.archive.reading import Unreadable, object_of, read_bytes, text_of
from chukyso.evidence.manifest import SANDBOX_ROOT_FILE
from chukyso.evidence.submission import SUBMISSION_FILE
from chukyso.evidence.validation import VALIDATION_DIRECTORY
from chukyso.signature.assess import LATER, assess
from chukyso.signature.forms import Forms
from chukyso.signature.indications import Status
from chukyso.signature.refusal import Refusal
from chukyso.signature.trust import AnswerKind, RevocationAnswer, TrustStore
from chukyso.signature.verdict import Verdict

_LIMIT = 1 << 20
_MOST_ANSWERS = 64


def check_submission(
    directory: Path,
    manifest: Mapping[str, Any],
    hashes: Mapping[str, str],
    examined: Examined,
    trust: tuple[Path, ...] = (),
) -> None:
    """Judge the signature, if there is one. Nobody is asked over the network.

    Args:
        directory: The run's output directory.
        manifest: Its manifest.
        hashes: The files that are as they should be, by their paths; no others are read.
        examined: Where verdict and findings go.
        trust: PEM files with certificates to believe. The sandbox's root that lies in the evidence is believed in a
            rehearsal, for no other run, and only when these do not do; ``examined.signature_root`` says so.
    """
    if manifest["submission"] is None or SUBMISSION_FILE not in hashes:
        if manifest["submission"] is None and SUBMISSION_FILE in hashes:
            examined.find(Problem.FACTS_DIFFER, detail="a signed document, and the manifest says that there is none")
        return
    given = b"\n".join(path.read_bytes() for path in trust)
    believed = [(Root.GIVEN, given)] if given else []
    try:
        if examined.rehearsal and SANDBOX_ROOT_FILE in hashes:
            believed.append((Root.INSIDE, given + b"\n" + read_bytes(directory / SANDBOX_ROOT_FILE, _LIMIT)))
        for root, roots in believed or [(Root.NONE, b"")]:
            verdict = _judge(directory, hashes, roots, examined.ended or datetime.now(UTC))
            if verdict.passed:
                examined.signature_root = root
                break
    except (Unreadable, ValueError) as error:
        examined.find(Problem.FACTS_DIFFER, detail=f"the kept certificates cannot be read: {error}")
        return
    examined.signature = verdict.name
    examined.signature_issuer = verdict.certificate.issuer if verdict.certificate else ""
    _tell(verdict, believed=bool(believed), examined=examined)
    said = object_of(object_of(manifest, "submission"), "signature")
    if verdict.certificate and verdict.certificate.serial != text_of(said, "certificate_serial"):
        examined.find(Problem.FACTS_DIFFER, detail="another certificate signed than the manifest says")


def _judge(directory: Path, hashes: Mapping[str, str], roots: bytes, at: datetime) -> Verdict:
    answers = tuple(
        RevocationAnswer(kind, path, read_bytes(directory / path))
        for kind in AnswerKind
        for path in sorted(each for each in hashes if _is_answer(each, kind))[:_MOST_ANSWERS]
    )
    helpers = VALIDATION_DIRECTORY + "/path.pem"
    helping = read_bytes(directory / helpers, _LIMIT) if helpers in hashes else b""
    return assess(
        read_bytes(directory / SUBMISSION_FILE, _LIMIT),
        at=at,
        trust=_store(roots, helping) if roots else None,
        forms=Forms.OURS,  # a run submits what is made here, and nothing else
        revocation=replace(LATER, answers=answers, online=False),
    )


def _is_answer(path: str, kind: AnswerKind) -> bool:
    return path.startswith(f"{VALIDATION_DIRECTORY}/{kind.value}-") and path.endswith(".der")


@lru_cache(maxsize=16)
def _store(roots: bytes, helping: bytes) -> TrustStore:
    return TrustStore.from_pem(roots, helping)


def _tell(verdict: Verdict, *, believed: bool, examined: Examined) -> None:
    if verdict.passed:
        return
    if not believed and {reason.code for reason in verdict.reasons} == {Refusal.CERT_UNTRUSTED}:
        examined.find(Problem.SIGNATURE_NO_ROOT)
        return
    failed = verdict.status is Status.TOTAL_FAILED
    examined.find(
        Problem.SIGNATURE_FAILED if failed else Problem.SIGNATURE_DOUBTFUL,
        verdict=verdict.name,
        reason_vi=" ".join(verdict.reasons_vi),
        reason=" ".join(verdict.reasons_en),
    )
