"""No process outlives the one that started it, however that one ends: what is tied to whom."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
import warnings
from pathlib import Path
from typing import NoReturn

import psutil

WHERE = signal.SIGUSR1
"""Asks a worker to write into its log where it is."""
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
GONE = signal.SIGUSR2
"""What a guardian hears when the process that started it is gone."""
ENDING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
"""What asks a guardian to end all."""
HEARD = ENDING | {GONE, WHERE, signal.SIGCHLD}


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Ask Linux to send this process a signal when its parent dies, even while native code holds the interpreter."""
    _ask_linux(PR_SET_PDEATHSIG, number)


def take_all_along() -> None:
    """From now on, everything that this process starts ends when it does, or when its parent does, by whatever cause.

    What a model of somebody else starts does not ask to die with its parent, may leave this session and may have been
    left by whoever started it; and a process that is killed can do nothing about it any more. So this one stays behind
    as a guardian, to whom the system gives all that lose their parent, and what it has to do goes on in a child. The
    guardian ends as the child does, and passes WHERE on to it.
    Nothing happens elsewhere than on Linux, and in a process that does not lead its group: nobody listens to it alone.
    """
    if sys.platform != "linux" or os.getpgrp() != os.getpid():
        return
    guardian, parent = os.getpid(), os.getppid()
    _ask_linux(PR_SET_CHILD_SUBREAPER, 1)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    with warnings.catch_warnings():
        # From 3.12 on Python warns of threads at a fork: the child begins with the one that is here.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        _guard(child, parent)
    die_with_parent()
    if os.getppid() != guardian:
        os._exit(1)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ask_linux(option: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _guard(child: int, parent: int) -> NoReturn:
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        die_with_parent(GONE)
        # The pipes and files are the child's: its end is heard by whoever reads from them.
        _close_all()
        status = _end_of(child, parent)
        _end_all()
        _end_as(os.waitstatus_to_exitcode(status))
    finally:
        os._exit(1)


def _close_all() -> None:
    """Every file; by name, since some machines allow a thousand million of them."""
    for each in list(Path("/proc/self/fd").iterdir()):
        with contextlib.suppress(OSError):
            os.close(int(each.name))


def _end_of(child: int, parent: int) -> int:
    """The wait status of the child, once it has ended; it is killed when nobody is left who wants it."""
    if os.getppid() != parent:
        os.kill(child, signal.SIGKILL)
    while True:
        number = signal.sigwait(HEARD)
        if number == signal.SIGCHLD:
            ended = dict(_reaped())
            if child in ended:
                return ended[child]
        elif number == WHERE:
            os.kill(child, WHERE)
        elif number in ENDING or os.getppid() != parent:
            os.kill(child, signal.SIGKILL)


def _reaped() -> list[tuple[int, int]]:
    """Process and status of each child that has ended by now: also of those that the system gave to this process."""
    found = []
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            found.append(ended)
    return found


def _end_all() -> None:
    """Kill every child; what each leaves becomes a child of this process, and is next."""
    own = psutil.Process()
    while children := own.children():
        killed = [_kill(child) for child in children]
        if not any(killed):
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, 0)
        _reaped()


def _kill(process: psutil.Process) -> bool:
    try:
        process.kill()
    except psutil.AccessDenied:
        return False
    except psutil.NoSuchProcess:
        pass
    return True


def _end_as(code: int) -> NoReturn:
    """End with the same status, or by the same signal, but without an image of this process on the disk."""
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(OSError):
            signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {-code})
        os.kill(os.getpid(), -code)
    os._exit(code)
