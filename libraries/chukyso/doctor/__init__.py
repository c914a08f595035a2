"""The doctor checks whether everything that a run needs is here. It changes nothing and asks for no PIN."""
