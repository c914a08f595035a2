"""The native host's settings: a private file of JSON beside its log, written by the installation."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from chukyso.sandbox.details import write_private
from chukyso.sandbox.signing_client.faults import FaultOrder

SETTINGS_NAME: Final = "settings.json"
LOG_NAME: Final = "client.log"


@dataclass(frozen=True)
class HostSettings:
    """What the host is told.

    Attributes:
        module: PKCS#11 module of the token.
        module_environment: What the module needs in the environment.
        windows_command: Program that shows the windows, with its arguments.
        windows_environment: Added to the scrubbed environment for it.
        pin_window: Which kind of PIN window, as the windows' program names them.
        manifest: The registration's file.
        program: The program that the registration names.
        fault: What goes wrong.
    """

    module: Path
    module_environment: dict[str, str]
    windows_command: tuple[str, ...]
    windows_environment: dict[str, str]
    pin_window: str
    manifest: Path
    program: Path
    fault: FaultOrder = field(default_factory=FaultOrder)

    def write(self, path: Path) -> None:
        """Write the settings to a file that nobody else can read."""
        values = dataclasses.asdict(self) | {
            "module": str(self.module),
            "manifest": str(self.manifest),
            "program": str(self.program),
            "fault": self.fault.to_dict(),
        }
        write_private(path, json.dumps(values, ensure_ascii=False, indent=1).encode())

    @classmethod
    def read(cls, path: Path) -> HostSettings:
        """Read what ``write`` wrote.

        Raises:
            OSError: The file cannot be read.
            ValueError: It is something else.
        """
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            **values
            | {
                "module": Path(values["module"]),
                "manifest": Path(values["manifest"]),
                "program": Path(values["program"]),
                "windows_command": tuple(values["windows_command"]),
                "fault": FaultOrder.from_dict(values["fault"]),
            }
        )
