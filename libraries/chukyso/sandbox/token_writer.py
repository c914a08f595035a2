"""Child process that sets up SoftHSM2 tokens: ``python -m chukyso.sandbox.token_writer``.

It reads one JSON object from stdin (``module``, ``tokens``), writes one to stdout (``{"serials": […]}``) and ends. A
module's state belongs to its process and its configuration comes from ``SOFTHSM2_CONF``, so nothing here may run in a
process that lives longer. Secrets arrive on stdin only. It imports PyKCS11 and the standard library, to start quickly.
"""

from __future__ import annotations

import base64
import json
import secrets
import sys
from typing import Any, Final

import PyKCS11

_TRUE: Final = PyKCS11.CK_TRUE
_FALSE: Final = PyKCS11.CK_FALSE
_RSA_PARTS: Final = {
    "n": PyKCS11.CKA_MODULUS,
    "e": PyKCS11.CKA_PUBLIC_EXPONENT,
    "d": PyKCS11.CKA_PRIVATE_EXPONENT,
    "p": PyKCS11.CKA_PRIME_1,
    "q": PyKCS11.CKA_PRIME_2,
    "dp": PyKCS11.CKA_EXPONENT_1,
    "dq": PyKCS11.CKA_EXPONENT_2,
    "qi": PyKCS11.CKA_COEFFICIENT,
}


def main() -> int:
    """Set up every token of the job on stdin."""
    job = json.loads(sys.stdin.buffer.readline())
    library = PyKCS11.PyKCS11Lib()
    library.load(job["module"])
    serials = [_set_up(library, token) for token in job["tokens"]]
    print(json.dumps({"serials": serials}), flush=True)
    return 0


def _set_up(library: Any, token: dict[str, Any]) -> str:
    so_pin = secrets.token_hex(8)
    free = next(
        slot for slot in library.getSlotList() if not library.getTokenInfo(slot).flags & PyKCS11.CKF_TOKEN_INITIALIZED
    )
    library.initToken(free, so_pin, token["label"].ljust(32))  # PyKCS11 would pad with zeros, PKCS#11 wants blanks
    # The token may come back in another slot: it is found again by its label.
    slot = next(slot for slot in library.getSlotList() if library.getTokenInfo(slot).label.strip() == token["label"])
    session = library.openSession(slot, PyKCS11.CKF_RW_SESSION)
    session.login(so_pin, PyKCS11.CKU_SO)
    session.initPin(token["pin"])
    session.logout()
    session.login(token["pin"])
    for entry in token["entries"]:
        if entry["private"]:
            session.createObject(_private_key(entry))
        session.createObject(_public_key(entry))
        session.createObject(_certificate(entry))
    for entry in token["issuers"]:
        session.createObject(_certificate(entry))
    session.logout()
    if token["wrong_try"]:
        _try_wrong_pin(session, token["pin"])
    session.closeSession()
    return str(library.getTokenInfo(slot).serialNumber.strip())


def _try_wrong_pin(session: Any, pin: str) -> None:
    try:
        session.login(pin[::-1] + "x")
    except PyKCS11.PyKCS11Error as error:
        if error.value != PyKCS11.CKR_PIN_INCORRECT:
            raise


def _private_key(entry: dict[str, Any]) -> list[tuple[int, object]]:
    parts = [(attribute, base64.b64decode(entry["key"][name])) for name, attribute in _RSA_PARTS.items()]
    return [
        (PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY),
        (PyKCS11.CKA_KEY_TYPE, PyKCS11.CKK_RSA),
        (PyKCS11.CKA_TOKEN, _TRUE),
        (PyKCS11.CKA_PRIVATE, _TRUE),
        (PyKCS11.CKA_SENSITIVE, _TRUE),
        (PyKCS11.CKA_EXTRACTABLE, _FALSE),
        (PyKCS11.CKA_SIGN, _TRUE),
        (PyKCS11.CKA_DECRYPT, _FALSE),
        (PyKCS11.CKA_UNWRAP, _FALSE),
        (PyKCS11.CKA_ID, base64.b64decode(entry["id"])),
        (PyKCS11.CKA_LABEL, entry["label"]),
        (PyKCS11.CKA_SUBJECT, base64.b64decode(entry["subject"])),
        *parts,
    ]


def _public_key(entry: dict[str, Any]) -> list[tuple[int, object]]:
    return [
        (PyKCS11.CKA_CLASS, PyKCS11.CKO_PUBLIC_KEY),
        (PyKCS11.CKA_KEY_TYPE, PyKCS11.CKK_RSA),
        (PyKCS11.CKA_TOKEN, _TRUE),
        (PyKCS11.CKA_PRIVATE, _FALSE),
        (PyKCS11.CKA_VERIFY, _TRUE),
        (PyKCS11.CKA_ID, base64.b64decode(entry["id"])),
        (PyKCS11.CKA_LABEL, entry["label"]),
        *[(_RSA_PARTS[name], base64.b64decode(entry["key"][name])) for name in ("n", "e")],
    ]


def _certificate(entry: dict[str, Any]) -> list[tuple[int, object]]:
    return [
        (PyKCS11.CKA_CLASS, PyKCS11.CKO_CERTIFICATE),
        (PyKCS11.CKA_CERTIFICATE_TYPE, PyKCS11.CKC_X_509),
        (PyKCS11.CKA_TOKEN, _TRUE),
        (PyKCS11.CKA_PRIVATE, _FALSE),
        (PyKCS11.CKA_ID, base64.b64decode(entry["id"])),
        (PyKCS11.CKA_LABEL, entry["label"]),
        (PyKCS11.CKA_SUBJECT, base64.b64decode(entry["subject"])),
        (PyKCS11.CKA_ISSUER, base64.b64decode(entry["issuer"])),
        (PyKCS11.CKA_SERIAL_NUMBER, base64.b64decode(entry["serial"])),
        (PyKCS11.CKA_VALUE, base64.b64decode(entry["certificate"])),
    ]


if __name__ == "__main__":
    sys.exit(main())
