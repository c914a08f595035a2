"""Figures against their references, and what of a person may be seen in them. See docs/figures.md."""
