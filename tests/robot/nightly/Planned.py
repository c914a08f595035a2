"""Tests that behave as a plan says, so that nights differ: the plan is a JSON file, named by ``NIGHT_PLAN``."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from robot.api import Failure, SkipExecution, logger
from robot.libraries.BuiltIn import BuiltIn


def behave_as_planned() -> None:
    """Pass, warn, fail, fail the first time only, take long, be skipped, die, or wait to be interrupted."""
    path = Path(os.environ["NIGHT_PLAN"])
    name = str(BuiltIn().get_variable_value("${TEST NAME}"))
    what, _, argument = str(json.loads(path.read_text(encoding="utf-8")).get(name, "pass")).partition(":")
    logger.info(f"planned: {what}")
    if what == "once":
        tried = path.with_name(f"{path.stem}-{name}-tried")
        what = "pass" if tried.exists() else "fail"
        tried.touch()
    if what == "warn":
        logger.warn(argument)
    if what == "fail":
        raise Failure(argument or "[PORTAL_TIMEOUT] Cổng không trả lời trong 30 giây. Chờ vài phút rồi chạy lại.")
    if what == "skip":
        raise SkipExecution("not tonight")
    if what == "slow":
        time.sleep(float(argument))
    if what == "die":
        os._exit(9)
    if what == "wait":
        path.with_name("waiting").touch()
        while True:
            time.sleep(0.05)
