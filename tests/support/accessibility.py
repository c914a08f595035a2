"""What axe finds on a page, at the widths of a phone and of a desk."""

from __future__ import annotations

from importlib.resources import files

from support.chromium import Tab

WIDTHS = (390, 1280)


AXE = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")


RUN = """Promise.all(document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime !== Infinity)
  .map((a) => a.finished)).then(() => axe.run()).then((found) => found.violations.flatMap(
    (rule) => rule.nodes.map((node) => `${rule.id} (${rule.impact}): ${node.target}`)))"""


def violations(tab: Tab, width: int) -> list[str]:
    """What axe found in a window of this width, a line for each element; sideways scrolling too."""
    tab.call("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=False)
    tab.run(AXE)
    found: list[str] = tab.run(RUN)
    if tab.run("document.documentElement.scrollWidth > innerWidth"):
        found.append("the page is wider than its window")
    return [f"{width}: {line}" for line in found]


def check(tab: Tab) -> None:
    assert [line for width in WIDTHS for line in violations(tab, width)] == []
