"""The six figures: taken, compared with their references, personal data hidden in them. See docs/figures.md."""
