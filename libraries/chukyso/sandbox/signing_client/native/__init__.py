"""The client's windows by user32, comctl32, crypt32: for Windows' Python alone, without other packages."""
