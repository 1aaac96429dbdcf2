"""Stage 4: records are facts, one file each, appended and never changed."""

from benchbench.record.keys import key, recipe
from benchbench.record.locking import Busy
from benchbench.record.store import Look, Store

__all__ = ["Busy", "Look", "Store", "key", "recipe"]
