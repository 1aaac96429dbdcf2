"""Every format writes the page that was last looked at and found good."""

import pytest

from benchbench.report import formats
from tests.report import golden_pages


@pytest.mark.parametrize("format", sorted(golden_pages.ENDINGS))
@pytest.mark.parametrize("name", sorted(golden_pages.ACCOUNTS))
def test_page_is_as_it_was_last_looked_at(name: str, format: str) -> None:
    assert golden_pages.page(name, format) == golden_pages.path(name, format).read_text(encoding="utf-8")


def test_every_format_has_a_golden_page() -> None:
    assert sorted(golden_pages.ENDINGS) == list(formats())
