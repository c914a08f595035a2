"""Which variables were given on the command line, and which are declared.

Robot takes any name; one that is misspelt changes nothing, and a run meant as a dry run would submit. Robot offers no
public way to ask, so this is the one place that looks inside it (checked with the pinned version by the tests).
"""

from __future__ import annotations

from collections.abc import Iterator

from robot.libraries.BuiltIn import BuiltIn, RobotNotRunningError
from robot.running.context import EXECUTION_CONTEXTS

from chukyso.run.variables import DEFAULTS


def given_variables() -> list[str]:
    """Names given with ``--variable``, as they were written; what a ``--variablefile`` holds is not among them."""
    settings = EXECUTION_CONTEXTS.current.output._settings
    return [text.partition(":")[0] for text in settings.variables]  # NAME:value or NAME: type:value


def declared_variables() -> list[str]:
    """Names of a run's variables, and those that the running suite or a resource has in a Variables section."""
    return [*DEFAULTS, *_declared()]


def named_in_references() -> list[str]:
    """Names of environment variables that any variable of the suite refers to as a secret (``env:NAME``).

    Whoever is started gets none of them, whether or not the run has read them already.
    """
    try:
        values = BuiltIn().get_variables().values()
    except RobotNotRunningError:
        values = ()
    given = [value.strip() for value in (*DEFAULTS.values(), *values) if isinstance(value, str)]
    return sorted({value.removeprefix("env:") for value in given if value.startswith("env:")} - {""})


def _declared() -> Iterator[str]:
    for namespace in EXECUTION_CONTEXTS.namespaces:
        store = namespace._kw_store
        for source in (store.suite_file, *store.resources.values()):
            yield from (variable.name[2:-1].partition(": ")[0] for variable in source.variables)  # ${NAME: type}
