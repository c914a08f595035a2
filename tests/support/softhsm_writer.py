"""Child process of ``support.token``: writes one token into SoftHSM2 or a module like it (JSON on stdin and stdout).

It initialises the first free slot, unless it is told that the token is there already: then it sets the PIN only (which
also unlocks it) and adds the objects.

A process of its own, so that the process that runs the tests never loads a PKCS#11 module.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import PyKCS11

CK_TRUE, CK_FALSE = PyKCS11.CK_TRUE, PyKCS11.CK_FALSE
_NUMBERS = {"CKA_CLASS", "CKA_KEY_TYPE", "CKA_CERTIFICATE_TYPE"}


def main() -> None:
    job = json.load(sys.stdin)
    library = PyKCS11.PyKCS11Lib()
    library.load(job["module"])
    if job.get("initialise", True):
        slots = [(library.getTokenInfo(slot).flags, slot) for slot in library.getSlotList()]
        free = next(slot for flags, slot in slots if not flags & PyKCS11.CKF_TOKEN_INITIALIZED)
        library.initToken(free, job["so_pin"], job["label"].ljust(32))
    slot = next(slot for slot in library.getSlotList() if library.getTokenInfo(slot).label.strip() == job["label"])
    session = library.openSession(slot, PyKCS11.CKF_RW_SESSION)
    session.login(job["so_pin"], PyKCS11.CKU_SO)
    session.initPin(job["pin"])
    session.logout()
    session.login(job["pin"])
    for item in job["objects"]:
        session.createObject([_attribute(name, value) for name, value in item.items()])
    session.logout()
    session.closeSession()
    print(json.dumps({"serial": library.getTokenInfo(slot).serialNumber.strip()}))


def _attribute(name: str, value: Any) -> tuple[int, object]:
    kind = getattr(PyKCS11, name)
    if isinstance(value, bool):
        return kind, CK_TRUE if value else CK_FALSE
    if name in _NUMBERS:
        return kind, getattr(PyKCS11, value)
    if name == "CKA_LABEL":
        return kind, bytes.fromhex(value).decode()  # PyKCS11 takes text here
    return kind, bytes.fromhex(value)


main()
