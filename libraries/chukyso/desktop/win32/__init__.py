"""Windows with Win32 controls, by messages. Its modules can be imported on Windows alone."""
