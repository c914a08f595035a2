"""The nightly regression: running a tier, the history of all nights, the morning report.

Robot Framework is run as a child and what it wrote is read as XML; this package never imports it. What has to live
inside a run, the first-failure data, is the listener ``NightlyListener``.
"""
