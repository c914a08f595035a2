"""The signing agent: the portal's page asks for a signature on loopback, the operator consents in two windows.

``server.SigningAgent`` is the whole interface for a run, ``attended`` the program for a person. Web server and
templates are imported only when an agent starts.
"""
