"""The portal probe: an anonymous look at the public pages of a portal, and how they differ from the last good look."""
