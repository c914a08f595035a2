"""The portal probe: anonymous reading of a portal's public pages, and how they differ from the last good probe."""
