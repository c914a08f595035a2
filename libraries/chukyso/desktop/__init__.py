"""Native windows of the system: found by rule, read, filled in, pressed and photographed, in a killable child process.

Kept free of imports: the child (``python -m chukyso.desktop.worker``) passes through here and must start fast.
"""
