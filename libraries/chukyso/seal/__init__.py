"""The seal of a run's report: a PDF with a PAdES signature by an evidence key, time stamp and validation data."""
