from __future__ import annotations

from pathlib import Path

import pytest

from support.signing_client import Computer


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)
