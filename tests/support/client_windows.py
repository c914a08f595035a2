"""Stands in for the client's windows: speaks the JSON lines of docs/signing-client.md, without a screen.

``python client_windows.py SCRIPT``: SCRIPT is JSON. ``row`` says which certificate is chosen, by serial, or
``cancelled`` or ``closed``; ``pin`` names a file with the PIN, or is ``cancelled`` or ``closed``; what it was asked
goes to ``heard``, a file of JSON lines.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from cryptography import x509


def main() -> None:
    script = Path(sys.argv[1])
    for line in sys.stdin.buffer:
        window, wanted = json.loads(line), json.loads(script.read_text(encoding="utf-8"))
        with Path(wanted["heard"]).open("a", encoding="utf-8") as heard:
            heard.write(json.dumps(window) + "\n")
        faults = window["faults"]
        time.sleep(faults.get("delay_ms", 0) / 1000)
        say({"event": "shown"})
        if "close_after_ms" in faults:
            say({"event": "closed"})
        elif window["show"] == "certificate":
            say(chosen(window, wanted["row"]))
        else:
            say(entered(wanted["pin"]))


def chosen(window: dict[str, Any], row: str) -> dict[str, Any]:
    if row in {"cancelled", "closed"}:
        return {"event": row}
    ders = [bytes.fromhex(one) for one in window["certificates"]]
    serials = [f"{x509.load_der_x509_certificate(der).serial_number:x}" for der in ders]
    return {"event": "chosen", "index": serials.index(row) if row else 0}


def entered(pin: str) -> dict[str, Any]:
    if pin in {"cancelled", "closed"}:
        return {"event": pin}
    return {"event": "pin", "pin": Path(pin).read_text(encoding="utf-8")}


def say(event: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
