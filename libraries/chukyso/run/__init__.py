"""What one run is asked to do: its variables, checked."""
