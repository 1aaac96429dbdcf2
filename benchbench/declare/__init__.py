"""Suite file to Suite: doubt everything, complain once, with line numbers."""

from benchbench.declare.editor import schema
from benchbench.declare.loading import load
from benchbench.declare.singles import settings_from
from benchbench.declare.skeleton import init
from benchbench.declare.vocabulary import Vocabulary

__all__ = ["Vocabulary", "init", "load", "schema", "settings_from"]
