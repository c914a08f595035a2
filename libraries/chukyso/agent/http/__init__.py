"""The agent's web server on loopback: its port, who may connect, how long a connection may last, which paths exist."""
