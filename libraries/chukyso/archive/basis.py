"""Whether something outside the evidence vouches for it.

Evidence that agrees with itself may have been made by anybody. Something outside must have the manifest: the register
on this machine, or a seal by somebody whom a given root vouches for. ``docs/archive.md`` has the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chukyso.archive.examined import Basis, Examined, Root
from chukyso.archive.findings import Finding, Problem
from chukyso.evidence.manifest import SEALED_REPORT_FILE
from chukyso.moment import in_vietnam


def outside(trust: Sequence[Path], place: Path) -> tuple[tuple[Path, ...], list[Finding]]:
    """Those files with roots that do not lie in what is being judged, and what is to say of the others.

    Args:
        trust: Files that were given.
        place: Directory that is looked at.
    """
    within = {path for path in trust if path.resolve().is_relative_to(place.resolve())}
    told = [Finding.of(Problem.TRUST_INSIDE, path=path) for path in trust if path in within]
    return tuple(path for path in trust if path not in within), told


def weigh(run: Examined, report: str = SEALED_REPORT_FILE) -> list[Finding]:
    """What of a run is vouched for by nobody outside its evidence, of which nothing was changed as far as it shows.

    Args:
        run: The run, after its chain was looked at.
        report: What to call its sealed report.
    """
    found = [_weigh_seal(run, report) if run.seal else None if run.registered else (Problem.NOT_VOUCHED_FOR, {})]
    numbers = set(range(1, len(run.supplements) + 1)) - run.registered_supplements - run.announcing
    found += [(Problem.SUPPLEMENT_NOT_VOUCHED_FOR, {"number": number}) for number in sorted(numbers)]
    return [Finding.of(each[0], run.run, **each[1]) for each in found if each]


def _weigh_seal(run: Examined, report: str) -> tuple[Problem, dict[str, object]] | None:
    """A seal that nobody vouches for was told of when it was looked at: ``SEAL_OF_NOBODY``."""
    assert run.seal  # noqa: S101 - asked before
    if run.seal.root is Root.INSIDE:
        # The manifest lists that root: who vouches for the one, vouches for the other.
        return None if run.registered else (Problem.ROOT_INSIDE, {"path": report})
    if Basis.SEAL_LATER not in run.rests_on:
        return None
    moment = in_vietnam(run.seal.moment) if run.seal.moment else ""
    facts: dict[str, object] = {
        "path": report,
        "by": run.seal.by[:100],
        "when": moment or "nobody knows when",
        "when_vi": f"lúc {moment}" if moment else "không rõ lúc nào",
    }
    return (Problem.SEALED_LATER if run.registered else Problem.NOT_PROVEN_BEFORE_SEAL, facts)
