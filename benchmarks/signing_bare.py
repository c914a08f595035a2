"""The bare PyKCS11 loop that ``signing.py`` compares with: no guard, no check, nothing verified.

A process of its own, with the module's configuration in its environment. Reads its job from stdin (JSON: module,
serial, pin, key, count, size), prints the seconds from the first session to the last signature in hand.
"""

from __future__ import annotations

import json
import sys
import time

import PyKCS11


def main() -> None:
    """Log in once; for each signature open a session, C_SignInit, C_Sign, close."""
    job = json.load(sys.stdin)
    library = PyKCS11.PyKCS11Lib()
    library.load(job["module"])
    slots = library.getSlotList(tokenPresent=True)
    slot = next(slot for slot in slots if library.getTokenInfo(slot).serialNumber.strip() == job["serial"])
    started = time.perf_counter()
    session = library.openSession(slot)
    session.login(job["pin"])
    template = [(PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY), (PyKCS11.CKA_ID, bytes.fromhex(job["key"]))]
    (key,) = session.findObjects(template)
    mechanism = PyKCS11.Mechanism(PyKCS11.CKM_SHA256_RSA_PKCS)
    signatures = []
    for number in range(job["count"]):
        own = library.openSession(slot)
        data = bytes(job["size"] - 4) + number.to_bytes(4)
        signatures.append(bytes(own.sign(key, data, mechanism)))
        own.closeSession()
    session.logout()
    session.closeSession()
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
