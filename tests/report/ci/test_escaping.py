"""Nothing of a name becomes markup, a command or a control character."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from benchbench.report.ci.escaping import command_data, command_property, markdown, shortened, visible

ANY = st.text(st.characters(exclude_categories=()), max_size=60)


def unescaped(text: str) -> str:
    """As GitHub's runner reads it (ActionCommand.cs): what stands for others, and the per cent sign last."""
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, sign)
    return text


@given(ANY)
def test_visible_text_fits_into_xml_and_utf8(text: str) -> None:
    element = ET.Element("a")
    element.text = visible(text)
    read = ET.fromstring(ET.tostring(element, encoding="utf-8")).text or ""
    assert read == visible(text).replace("\r\n", "\n").replace("\r", "\n")
    assert len(visible(text)) == len(text)


@given(ANY)
def test_a_command_stays_on_its_line_and_comes_back(text: str) -> None:
    for escape, ends in ((command_data, "\r\n"), (command_property, "\r\n:,")):
        written = escape(text)
        assert not set(written) & set(ends)
        assert unescaped(written) == visible(text)


@given(ANY)
def test_markdown_is_one_line_without_tags(text: str) -> None:
    written = markdown(text).replace("<br>", "")
    assert not set(written) & set("<>\n\r")
    assert "@" not in written.replace("@\N{ZERO WIDTH SPACE}", "")


def test_what_is_cut_says_so() -> None:
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("abcdefg", 6) == "abcde…"
