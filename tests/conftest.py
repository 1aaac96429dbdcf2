"""For all tests."""

import signal
from collections.abc import Iterator

import pytest

ASKED = (signal.SIGINT, signal.SIGHUP)


@pytest.fixture(scope="session", autouse=True)
def _programs_hear_signals() -> Iterator[None]:
    """Whoever runs the tests in the background (`&`, nohup) has these ignored, and every program here would, too."""
    ignored = [number for number in ASKED if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
