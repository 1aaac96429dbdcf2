"""Text of strangers made harmless in each place that continuous integration shows it."""

from __future__ import annotations

import re

from benchbench.report.formats.markdown import plain

INVISIBLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]")
"""What XML 1.0 forbids or discourages in text (section 2.2), and what turns the direction of the text around it."""
SUBSTITUTE = "\N{REPLACEMENT CHARACTER}"
BROKEN_MENTION = "@\N{ZERO WIDTH SPACE}"


def visible(text: str) -> str:
    """Text without control characters, as XML and terminals can hold it."""
    return INVISIBLE.sub(SUBSTITUTE, text)


def shortened(text: str, most: int) -> str:
    """At most so many characters, the last of them an ellipsis where something is missing."""
    return text if len(text) <= most else text[: most - 1] + "…"


def markdown(text: str, most: int = 1_000) -> str:
    """Text that shows as itself in GitHub's Markdown, in one line of source: no markup, no tags, nobody called."""
    return plain(visible(shortened(text, most))).replace("@", BROKEN_MENTION)


def command_data(text: str) -> str:
    """A workflow command's message, escaped as GitHub's runner reads it: it cannot end its line and start another."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """A workflow command's property: colon and comma would end it, too."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")
