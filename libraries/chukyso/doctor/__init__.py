"""The doctor: is everything here that a run needs? It looks, changes nothing, asks for no PIN and logs in nowhere."""
