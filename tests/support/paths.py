"""Where things are: the repository, its tests, and what they are given."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
FIELD = TESTS / "data" / "field"
"""Small inputs of the kind that the field sees."""
ROBOT = TESTS / "robot"
"""Suites that tests run."""
