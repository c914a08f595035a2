"""The kinds of mail that the sandbox sends. Standard library only, so that the parent's side can name them cheaply."""

from __future__ import annotations

from enum import StrEnum


class MailKind(StrEnum):
    """What a mail is; all but the first two must not be believed, or not without care."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    HTML_ONLY = "html-only"  # right, but without plain text
    SPOOFED_NAME = "spoofed-name"  # the portal's address as the display name of another
    SPOOFED_DOMAIN = "spoofed-domain"  # a domain that looks like the portal's
    SPOOFED_SENDER = "spoofed-sender"  # the portal's own address, sent by somebody else's server
    FORGED_RESULTS = "forged-results"  # the same, with Authentication-Results of its own
    TWO_FROMS = "two-froms"
    ENCODED_FROM = "encoded-from"  # an address made of encoded words
    OTHER_ACCOUNT = "other-account"
    OTHER_CHANGE = "other-change"  # an earlier change of the same account
    LOOK_ALIKE_DIGITS = "look-alike-digits"  # full-width digits in the MST
    CONTRADICTORY = "contradictory"  # plain text and HTML say the opposite
    UNCLEAR = "unclear"  # neither accepted nor refused
    HUGE = "huge"
    NESTED = "nested"  # more parts within parts than anybody needs
    BROKEN = "broken"  # a charset that nobody knows, base64 that is none
    ADVERTISEMENT = "advertisement"  # nothing to do with it
