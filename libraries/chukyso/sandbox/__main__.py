"""``python -m chukyso.sandbox``: one sandbox as a process of its own."""

from chukyso.sandbox.server import main

if __name__ == "__main__":
    main()
