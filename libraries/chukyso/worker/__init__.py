"""A child process of ours that does what can hang: requests over a pipe, deadlines, killed and replaced.

What the token's worker and the desktop's share. Kept free of imports: the children pass through here.
"""
