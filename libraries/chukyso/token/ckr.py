"""From PKCS#11 return values to errors of our own: one table."""

from __future__ import annotations

from chukyso.errors import ChukysoError, Code

# Whichever of these arrives, the token was pulled, swapped or reset, and nothing known about it holds any more.
_GONE = {
    "CKR_TOKEN_NOT_PRESENT",
    "CKR_TOKEN_NOT_RECOGNIZED",
    "CKR_DEVICE_REMOVED",
    "CKR_DEVICE_ERROR",
    "CKR_SESSION_HANDLE_INVALID",
    "CKR_SESSION_CLOSED",
    "CKR_KEY_HANDLE_INVALID",
    "CKR_OBJECT_HANDLE_INVALID",
    "CKR_SLOT_ID_INVALID",
    "CKR_GENERAL_ERROR",
}

_CODES = {
    "CKR_PIN_INCORRECT": Code.PIN_INCORRECT,
    "CKR_PIN_LOCKED": Code.PIN_LOCKED,
    "CKR_PIN_LEN_RANGE": Code.PIN_LENGTH,
    "CKR_PIN_INVALID": Code.PIN_REFUSED,
    "CKR_PIN_EXPIRED": Code.PIN_REFUSED,
    "CKR_PIN_TOO_WEAK": Code.PIN_REFUSED,
    "CKR_USER_PIN_NOT_INITIALIZED": Code.TOKEN_NOT_READY,
    "CKR_USER_ALREADY_LOGGED_IN": Code.LOGIN_NOT_OURS,
    "CKR_USER_ANOTHER_ALREADY_LOGGED_IN": Code.LOGIN_NOT_OURS,
    "CKR_USER_TOO_MANY_TYPES": Code.LOGIN_NOT_OURS,
    "CKR_FUNCTION_CANCELED": Code.SIGNING_CANCELLED,
    "CKR_FUNCTION_REJECTED": Code.SIGNING_CANCELLED,
    **dict.fromkeys(_GONE, Code.TOKEN_GONE),
}


def typed_error(ckr: str, function: str, *, serial: str = "") -> ChukysoError:
    """The error for a PKCS#11 function that did not answer ``CKR_OK``.

    Args:
        ckr: Name of the return value, or its number in hex when it has no name.
        function: Name of the function, for the log.
        serial: Serial number of the token, when it is known.
    """
    code = _CODES.get(ckr, Code.TOKEN_ERROR)
    context = {"ckr": ckr, "serial": serial, "window": "PIN", "limits": "do token tự quy định"}
    return ChukysoError(code, f"{function}: {ckr}", **context)


# Also what a driver says of a card that is there and broken (status 6F00, "no precise diagnosis" in ISO/IEC 7816-4), of
# a smart card service that does not run, and of much else.
_UNCLEAR = {"CKR_DEVICE_ERROR", "CKR_GENERAL_ERROR"}


def may_be_there(error: ChukysoError) -> bool:
    """Whether a token that is called gone may be plugged in all the same: somebody has to look."""
    return error.code is Code.TOKEN_GONE and error.context.get("ckr") in _UNCLEAR


# What C_Login answers when it looked at the PIN and did not take it. An expired PIN is the right one.
