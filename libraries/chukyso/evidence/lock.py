"""The lock of an output directory, for who imports it from here; it is ``chukyso.storage.lock``."""

from chukyso.storage.lock import OutputLock

__all__ = ["OutputLock"]
