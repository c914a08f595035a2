"""What the agent does with a request: which document, which certificate, which phase, and whether it may be signed.

Nothing here knows how a request arrives or where a person sees it. Lives on the agent's event loop.
"""
