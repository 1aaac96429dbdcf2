"""The page as a browser's parser sees it: names are text, nothing is fetched, everything is labelled."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from benchbench.report import render
from benchbench.report.formats.html import SCRIPTS, inert
from tests.report.accounts import account, document_table
from tests.report.hostile import IMAGE, PIPE, SCRIPT

VOID = {"meta", "br", "img", "link", "input", "hr"}
LOADING = {"src", "srcset", "data", "poster", "action", "formaction", "background", "ping", "manifest"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts)


class Reader(HTMLParser):
    """All elements with the text inside them."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.texts.append(data)


@pytest.fixture(scope="module")
def page() -> str:
    return render(account(), "html")


@pytest.fixture(scope="module")
def elements(page: str) -> list[Element]:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader.elements


def test_the_only_script_is_ours_and_the_policy_knows_it(elements: list[Element]) -> None:
    folder = files("benchbench.report") / "templates"
    script = "".join((folder / name).read_text(encoding="utf-8") for name in SCRIPTS)
    data, ours = [element for element in elements if element.tag == "script"]
    assert data.attributes == {"type": "application/json", "id": "records"}
    assert ours.text == script
    policy = next(e for e in elements if e.attributes.get("http-equiv") == "Content-Security-Policy").attributes[
        "content"
    ]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}'" in policy
    assert "img-src data:;" in policy


def test_records_behind_cells_are_inert_and_every_cell_finds_its_own(elements: list[Element]) -> None:
    text = next(element.text for element in elements if element.attributes.get("id") == "records")
    assert not set("<>&") & set(text)
    records = json.loads(text)["records"]
    numbers = [int(element.attributes["data-r"]) for element in elements if "data-r" in element.attributes]
    assert set(numbers) == set(range(len(records)))
    assert len(numbers) > len(records) > 50


def test_json_inside_of_html_closes_no_element_and_stays_itself() -> None:
    hostile = {"</script><!--": ["<script>", "]]>", "&lt;", "\u2028", '"\\']}
    assert json.loads(inert(hostile)) == hostile
    assert not set("<>&") & set(inert(hostile))


def test_no_name_became_markup(elements: list[Element]) -> None:
    assert not any(name.startswith("on") for element in elements for name in element.attributes)
    assert not any(
        element.tag in ("iframe", "object", "embed", "form", "input", "link", "base") for element in elements
    )
    pictures = [element.attributes for element in elements if element.tag == "img"]
    assert all(picture["src"].startswith("data:image/") and picture["alt"] for picture in pictures)
    shown = {element.text for element in elements}
    assert {SCRIPT, IMAGE, PIPE} <= shown


def test_nothing_is_fetched(page: str, elements: list[Element]) -> None:
    loaded = {value for e in elements for name, value in e.attributes.items() if name in LOADING or e.tag == "image"}
    addresses = {value for value in loaded if ":" in value}
    assert addresses
    assert all(re.match("data:image/(png|jpeg);base64,", address) for address in addresses)
    targets = {(e.tag, e.attributes["href"]) for e in elements if "href" in e.attributes and e.tag != "image"}
    assert all(tag == "a" or target.startswith("#") for tag, target in targets)
    assert all(target.startswith(("#", "https://", "http://")) for _, target in targets)
    assert not re.search(r"@import|url\((?!#)", page)


def test_links_inside_the_page_lead_somewhere(elements: list[Element]) -> None:
    names = Counter(element.attributes["id"] for element in elements if "id" in element.attributes)
    assert max(names.values()) == 1
    targets = {e.attributes["href"][1:] for e in elements if e.attributes.get("href", "").startswith("#")}
    targets |= {name for e in elements for name in e.attributes.get("aria-labelledby", "").split()}
    assert targets <= set(names)


def test_every_string_of_the_documents_table_is_there(elements: list[Element]) -> None:
    shown = {(element.text, element.attributes.get("lang")) for element in elements}
    for text in (*document_table().columns, *(cell.text for row in document_table().rows for cell in row)):
        assert (text, "zh") in shown


def test_tables_have_captions_and_scopes(elements: list[Element]) -> None:
    counts = Counter(element.tag for element in elements)
    assert counts["table"] == counts["caption"] == counts["thead"] == counts["tbody"] > 5
    assert {element.attributes.get("scope") for element in elements if element.tag == "th"} == {
        "col",
        "colgroup",
        "row",
    }


def test_a_ruling_is_a_word_and_a_symbol(elements: list[Element]) -> None:
    badges = [e.text for e in elements if "badge" in e.attributes.get("class", "").split()]
    assert "⊘ impossible" in badges
    assert all(re.fullmatch(r"\S [\w' ]+", text) for text in badges)


def test_many_readings_are_folded_but_not_lost() -> None:
    given = account()
    first = given.verdicts[0]
    many = replace(first, findings=first.findings * 8)
    page = render(replace(given, verdicts=(many, *given.verdicts[1:])), "html")
    assert "<summary>10 more</summary>" in page
    assert page.count("of the parameters the paper counts") >= 8


def test_page_says_its_language_and_colour_schemes(page: str) -> None:
    assert '<html lang="en">' in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
