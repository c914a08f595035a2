"""How a page's request to sign is served: what a run asks of every signer, and the one that is our signing agent."""
