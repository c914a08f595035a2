"""Salted password hashes (scrypt). The cost is real but low: a sandbox makes its accounts at every start."""

from __future__ import annotations

import hashlib
import hmac
import secrets

_N, _R, _P = 2**12, 8, 1  # about 10 ms; OWASP's floor for a public service is 2**17
_SALT = 16


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8"), salt=salt, n=_N, r=_R, p=_P)


def hash_password(password: str) -> bytes:
    """Return salt and hash, to be stored."""
    salt = secrets.token_bytes(_SALT)
    return salt + _hash(password, salt)


def password_matches(password: str, stored: bytes | None) -> bool:
    """Compare with a stored hash; ``None`` (no such account) takes as long and never matches."""
    salt, expected = (stored[:_SALT], stored[_SALT:]) if stored else (bytes(_SALT), b"")
    return hmac.compare_digest(_hash(password, salt), expected)
