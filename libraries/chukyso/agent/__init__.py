"""The signing agent: the portal's page asks for a signature on loopback, the operator consents in two windows.

``server.SigningAgent`` is the whole interface. Web server and templates are imported only when an agent starts.
"""
