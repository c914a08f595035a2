"""What goes over the page's WebSocket: the messages of the protocol, and the channel that carries them."""
