"""Tokens: find the PKCS#11 module, read certificates, guard the PIN, sign in a killable child process.

Kept free of imports: the child (``python -m chukyso.token.worker``) passes through here and must start fast.
"""
