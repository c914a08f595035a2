"""Collects what a probe sees and turns the browser's raw answers into the plain data of ``Probe``."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from chukyso.errors import ChukysoError, Code
from chukyso.portal.profile import Profile
from chukyso.probe.compare import compare
from chukyso.probe.model import Found, Probe, Problem, TlsFacts, Traffic
from chukyso.probe.pages import CAPTCHA_PICTURE, PUBLIC_PAGES, elements_of, unknown_of
from chukyso.probe.texts import normalised

_NONCE: Final = re.compile(r"'nonce-[^']+'")  # a new one for each answer, by design


class ProbeRecorder:
    """What one probe has seen so far.

    Args:
        profile: The portal's.
        url: Address of the portal; the profile's own unless it is the embedded sandbox.
        limit: How many requests the pages may make.
    """

    def __init__(self, profile: Profile, url: str, limit: int) -> None:
        self._origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        self._begun = time.monotonic()
        self._limit = limit
        elements = {key: Found.NOT_LOOKED for page in PUBLIC_PAGES for key in elements_of(page, profile)}
        elements |= {key: Found.UNKNOWN for page in PUBLIC_PAGES for key in unknown_of(page, profile)}
        self._probe = Probe(
            profile=profile.name,
            portal=f"{self._origin}{urlsplit(url).path}",
            embedded=profile.portal.embedded_sandbox,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            elements=dict(sorted(elements.items(), key=lambda item: list(profile.locators).index(item[0]))),
            traffic=Traffic(limit=limit),
        )

    @property
    def probe(self) -> Probe:
        return self._probe

    def saw_tls(self, facts: TlsFacts | None) -> None:
        """The portal's certificate; None when it is reached without TLS."""
        self._probe = replace(self._probe, tls=facts)

    def saw_elements(self, found: Mapping[str, Found]) -> None:
        """What became of locators."""
        self._probe = replace(self._probe, elements={**self._probe.elements, **found})

    def saw_texts(self, page: str, texts: Iterable[str]) -> None:
        """The texts of a page as it shows them."""
        self._probe = replace(self._probe, texts={**self._probe.texts, page: normalised(texts)})

    def saw_traffic(self, answer: str) -> None:
        """What the request filter before the page told (``request_filter.js``), JSON."""
        data: dict[str, Any] = json.loads(answer)
        document = data["document"] or {"status": 0, "url": "", "headers": {}}
        hosts = dict(sorted(data["hosts"].items()))
        self._probe = replace(
            self._probe,
            traffic=Traffic(int(data["requests"]), self._limit, tuple(map(self._relative, data["blocked"])), hosts),
            status=int(document["status"]),
            final_address=self._relative(str(document["url"])),
            headers={name: _NONCE.sub("'nonce-…'", value) for name, value in sorted(document["headers"].items())},
            scripts={self._relative(url).partition("?")[0]: digest for url, digest in sorted(data["scripts"].items())},
        )
        if self._probe.traffic.requests > self._limit:
            self.add_problem(
                ChukysoError(Code.PROBE_LIMIT, f"{data['requests']} requests", limit=self._limit), first=True
            )
        if self._probe.traffic.blocked:
            self.add_note("Trang muốn gửi thêm những yêu cầu mà lần thăm dò không cho đi; xem mục Kết nối.")

    def add_problem(self, error: ChukysoError, *, first: bool = False) -> None:
        """Something for which the probe is not good; ``first``: it explains the others."""
        problem = (Problem.of(error),)
        known = self._probe.problems
        self._probe = replace(self._probe, problems=problem + known if first else known + problem)

    def add_note(self, note: str) -> None:
        """Something that a reader should know besides, Vietnamese."""
        self._probe = replace(self._probe, notes=(*self._probe.notes, note))

    def missing(self, found: Mapping[str, Found], selectors: Mapping[str, str], seconds: float) -> list[ChukysoError]:
        """The errors that the locators of a page stand for; none when all were found."""
        lost = [key for key, state in found.items() if state in (Found.MISSING, Found.AMBIGUOUS)]
        errors = []
        others = [key for key in lost if key != CAPTCHA_PICTURE]
        if others:
            detail = "; ".join(f"{key} ({found[key]}): {selectors[key]}" for key in others)
            errors.append(ChukysoError(Code.PORTAL_CHANGED, detail, what=", ".join(others)))
        if CAPTCHA_PICTURE in lost:
            detail = f"{found[CAPTCHA_PICTURE]}: {selectors[CAPTCHA_PICTURE]}"
            errors.append(ChukysoError(Code.CAPTCHA_PICTURE_MISSING, detail, seconds=f"{seconds:g}"))
        return errors

    def conclude(self, last_good: Probe | None, *, strict: bool) -> Probe:
        """Compare with the last good probe, and return what is to be written.

        Args:
            last_good: None when there is none.
            strict: Whether a difference is a problem.
        """
        done = replace(self._probe, seconds=round(time.monotonic() - self._begun, 1))
        if last_good is not None:
            done = replace(done, changes=compare(done, last_good), compared_with=last_good.started)
        if strict and done.changes and done.good:
            count, first = len(done.changes), done.changes[0].what
            error = ChukysoError(Code.PROBE_DIFFERENT, count=count, first=first)
            done = replace(done, problems=(*done.problems, Problem.of(error)))
        self._probe = done
        return done

    def _relative(self, address: str) -> str:
        """An address without the portal's own origin: the sandbox has another port each time."""
        return address.replace(f"{self._origin}/", "/")
