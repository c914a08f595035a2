"""What is here runs inside of the Windows for the tests; elsewhere it is not collected."""

import sys

collect_ignore_glob = [] if sys.platform == "win32" else ["test_*.py"]
