"""The manifest as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, UnsetType

from chukyso.errors import Outcome
from chukyso.evidence.model.guide import Figure, MissingFigure, Step
from chukyso.evidence.model.kinds import ADDED, Count, Moment, Positive, Sha256
from chukyso.evidence.model.portal import NOT_ASKED, EarlierSubmission, Receipt, Reconciliation, ResultMail
from chukyso.evidence.model.run import Account, Contact, ErrorFacts, Host, Privacy, RunFacts, Token
from chukyso.evidence.model.signing import Certificates, SignerFacts, Submission, ValidationFacts

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True)
class SealFacts:
    """The sealed report that follows the manifest, see seal.md; null when none was to be made.

    Attributes:
        path: Relative to the output directory.
    """

    path: Literal["evidence/report.pdf"]


@dataclass(frozen=True)
class JournalFacts:
    """The journal.

    Attributes:
        path: Relative to the output directory.
        sha256: Of the file; empty when it could not be read.
        events: How many.
        submitting: When the point of no return was passed.
    """

    path: Literal["evidence/journal.jsonl"]
    sha256: Sha256 | Literal[""]
    events: Count
    submitting: Moment | None


@dataclass(frozen=True)
class Link:
    """The run's place in its chain, see archive.md; null when the register could not be used (CHAIN_NOT_WRITTEN).

    Attributes:
        id: Which chain: one for each installation and profile, one for its rehearsals.
        sequence: Which place, from 1.
        previous: SHA-256 of the manifest before; null for the first.
    """

    id: Annotated[str, Meta(pattern="^[a-z0-9-]{1,62}-[0-9a-f]{12}$")]
    sequence: Positive
    previous: Sha256 | None


@dataclass(frozen=True)
class FileFacts:
    """A file of the evidence.

    Attributes:
        path: Relative to the output directory, with slashes.
        sha256: Of the file.
        size: Bytes.
    """

    path: str
    sha256: Sha256
    size: Count


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """evidence/manifest.json. Within one schema_version names and meanings only get added.

    Attributes:
        outcome: How the run ended for the account.
        steps: Steps of the guide that were begun, in order.
        figures: Figures that were taken.
        missing_figures: Figures that were not taken, each with its reason.
        files: Every file of the evidence except this one.
    """

    schema_version: Literal[1]
    run: RunFacts
    privacy: Privacy = field(default=Privacy.FULL, metadata=ADDED)
    outcome: Outcome
    error: ErrorFacts | None
    account: Account | None
    token: Token | None
    host: Host
    certificates: Certificates
    validation: ValidationFacts | None = None  # the very first manifests had none, nor a receipt
    contact: Contact | None
    steps: tuple[Step, ...]
    figures: tuple[Figure, ...]
    missing_figures: tuple[MissingFigure, ...]
    signer: SignerFacts | None = field(default=None, metadata=ADDED)
    submission: Submission | None
    receipt: Receipt | None = None
    reconciliation: Reconciliation | None
    earlier_submission: EarlierSubmission | None = field(default=None, metadata=ADDED)
    result_mail: ResultMail = field(default=NOT_ASKED, metadata=ADDED)
    seal: SealFacts | None = field(default=None, metadata=ADDED)
    journal: JournalFacts
    files: tuple[FileFacts, ...]
    chain: Link | UnsetType | None = field(default=UNSET, metadata=ADDED)
