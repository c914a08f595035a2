"""A small Windows under Wine, in which the sandbox's signing client shows native windows. Not for real runs."""
