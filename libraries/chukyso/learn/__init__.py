"""Learning a portal: locators proposed from what a person points at in a page, kept in a profile; nothing personal."""
