"""The result by e-mail: reading a mailbox, and telling the portal's mail about a run from every other one."""
