"""What the evidence says of a signer: which one, which windows, and what could not be checked."""

from __future__ import annotations

from collections.abc import Sequence

from chukyso.evidence.model.signing import SignerFacts
from chukyso.signer.protocol import Signer, SigningWindow


def account_of(signer: Signer, windows: Sequence[SigningWindow]) -> SignerFacts:
    """Say it.

    Args:
        signer: The signer.
        windows: Its windows that were opened, in their order.
    """
    unseen = {name for window in windows if window.kind == "certificate" for name in window.unseen}
    unchecked = [] if signer.sees_document else ["document"]
    return SignerFacts(signer.kind, tuple(window.facts for window in windows), (*unchecked, *sorted(unseen)))
