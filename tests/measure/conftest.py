from collections.abc import Iterator

import pytest

from benchbench.measure.crew import Crew
from tests.measure.cohorts import COMMAND


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    """Workers with toys, shared by the tests: starting one imports torch."""
    with Crew(COMMAND) as crew:
        yield crew
