"""The evidence of many runs: their chain, what is added later, checking it, removing what is old, a catalogue."""
