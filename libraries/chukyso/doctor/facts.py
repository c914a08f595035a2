"""The facts that the checks judge, each found out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from chukyso.browser import find_browser
from chukyso.doctor.headless import browser_version
from chukyso.doctor.model import Question
from chukyso.errors import ChukysoError
from chukyso.token.client import TokenWorker
from chukyso.token.discovery import find_module
from chukyso.token.model import TokenContents, TokenInfo


@dataclass(frozen=True)
class SeenToken:
    """The token as it was read without login."""

    info: TokenInfo
    contents: TokenContents
    error: ChukysoError | None = None


class Facts:
    """What is found out about this machine, its browser and its token, when a check first asks for it.

    Every property is either the fact or the ``ChukysoError`` that kept it from being known.
    """

    def __init__(self, question: Question) -> None:
        self.question = question

    @cached_property
    def browser(self) -> Path | ChukysoError:
        """The browser's executable."""
        try:
            return find_browser()
        except ChukysoError as error:
            return error

    @cached_property
    def version(self) -> str | ChukysoError:
        """What a browser that was started headless says of itself, such as ``Chrome/156.0.8078.79``."""
        if isinstance(self.browser, ChukysoError):
            return self.browser
        try:
            return browser_version(self.browser)
        except ChukysoError as error:
            return error

    @cached_property
    def module(self) -> Path | ChukysoError:
        """The PKCS#11 module that a run would use."""
        asked = self.question
        try:
            return find_module(asked.token_module, serial=asked.token_serial, environment=asked.token_environment)
        except ChukysoError as error:
            return error

    @cached_property
    def token(self) -> SeenToken | ChukysoError:
        """The token; nobody logs in."""
        if isinstance(self.module, ChukysoError):
            return self.module
        with TokenWorker(self.module, dict(self.question.token_environment)) as worker:
            try:
                info = worker.token(self.question.token_serial or None)
            except ChukysoError as error:
                return error
            try:
                return SeenToken(info, worker.contents(info.serial))
            except ChukysoError as error:
                return SeenToken(info, TokenContents(), error)
