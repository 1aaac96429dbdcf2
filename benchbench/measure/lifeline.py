"""No process outlives the one that started it, however that one ends: what is tied to whom."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import warnings

WHERE = signal.SIGUSR1
"""Asks a worker to write into its log where it is."""
PR_SET_PDEATHSIG = 1
GONE = signal.SIGUSR2
"""What a guard hears when the process that it watches is gone."""


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Ask Linux to send this process a signal when its parent dies, even while native code holds the interpreter."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def take_all_along() -> None:
    """From now on, everything in this process's group ends when this process does, by whatever cause.

    What a model of somebody else starts does not ask to die with its parent, and a process that is killed can do
    nothing about it any more: another waits for that, and kills the group. Nothing happens elsewhere than on Linux, and
    in a process that does not lead its group: there are others in it.
    """
    if sys.platform != "linux" or os.getpgrp() != os.getpid():
        return
    watched = os.getpid()
    with warnings.catch_warnings():
        # From 3.12 on Python warns of threads at a fork: the guard waits for a signal, and takes no lock.
        warnings.simplefilter("ignore", DeprecationWarning)
        guard = os.fork()
    if guard == 0:
        _stand_guard(watched)


def _stand_guard(watched: int) -> None:
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, {GONE})
        die_with_parent(GONE)
        os.closerange(0, os.sysconf("SC_OPEN_MAX"))
        while os.getppid() == watched:
            signal.sigtimedwait({GONE}, 60)
        os.killpg(0, signal.SIGKILL)
    finally:
        os._exit(1)
