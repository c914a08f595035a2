"""Where the product keeps files: directories that can be written, locks of what several processes write."""
