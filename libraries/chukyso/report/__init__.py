"""The report of a run for people: one model, of which HTML and PDF are made, and its Vietnamese words."""
