"""Settings of one entry from the command line."""

import pytest

from benchbench.catalog.probes import PROBES
from benchbench.catalog.shelf import settings_of
from benchbench.declare import settings_from
from benchbench.errors import InvalidSuite

PROBE = PROBES["depth-error"]
assert PROBE.kind == "scored"
SIGNATURE = settings_of(PROBE.summarise)


def test_settings_by_their_python_names() -> None:
    found = settings_from(["protocol=v1-174", "cap=10", "silog-weight=1"], "setting", SIGNATURE)
    assert found == {"protocol": "v1-174", "cap": 10.0, "silog_weight": 1.0}
    assert settings_from([], "setting", SIGNATURE) == {}


def test_every_complaint_at_once() -> None:
    with pytest.raises(InvalidSuite) as caught:
        settings_from(["cap=far", "protocl=metric", "crop"], "setting of depth-error", SIGNATURE)
    words = str(caught.value)
    assert "--set cap=far" in words
    assert "'cap' should be a number" in words
    assert "did you mean 'protocol'?" in words
    assert "--set crop" in words


def test_a_value_that_is_none_of_the_known() -> None:
    with pytest.raises(InvalidSuite, match="--set space=deep"):
        settings_from(["space=deep"], "setting", SIGNATURE)
