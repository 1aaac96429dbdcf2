"""The files themselves: fonts, sizes, letters that stay letters, equal bytes for equal figures."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image

from benchbench.report import Account
from benchbench.report.charts import Chart
from benchbench.report.figures import FORMATS, Figure, drawn, figures
from benchbench.report.figures.style import WIDTHS, legible
from tests.report import accounts, depth_accounts
from tests.report.hostile import IMAGE, PIPE, SCRIPT

SVG = "{http://www.w3.org/2000/svg}"
TRADE_OFF = "AP-macs-stand-in"


@pytest.fixture(scope="module")
def every() -> dict[str, Figure]:
    found = (*figures(accounts.account()), *figures(depth_accounts.account()))
    return {figure.name: figure for figure in found}


@pytest.fixture(scope="module")
def files(every: dict[str, Figure]) -> dict[str, dict[str, bytes]]:
    """Of each figure its three files, one column wide, in 100 dots per inch."""
    return {name: drawn(figure, FORMATS, 1, 100) for name, figure in every.items()}


def words(svg: bytes) -> list[str]:
    return ["".join(text.itertext()).strip() for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_pdf_has_truetype_fonts_alone(files: dict[str, dict[str, bytes]]) -> None:
    for name, each in files.items():
        pdf = each["pdf"]
        assert pdf.startswith(b"%PDF-"), name
        kinds = set(re.findall(rb"/Subtype\s*/(CIDFontType\d|Type\dC?|TrueType|Type0)\b", pdf))
        assert kinds & {b"CIDFontType2", b"TrueType"}, name
        assert not kinds & {b"Type1", b"Type3", b"CIDFontType0"}, name


@pytest.mark.parametrize("columns", [1, 2])
def test_sizes_are_those_of_a_two_column_page(every: dict[str, Figure], columns: int) -> None:
    found = drawn(every[TRADE_OFF], FORMATS, columns, 300)
    picture = Image.open(BytesIO(found["png"]))
    assert picture.width == round(300 * WIDTHS[columns])
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", found["pdf"])
    assert box is not None
    assert float(box[1]) == pytest.approx(72 * WIDTHS[columns], abs=0.1)
    assert float(ElementTree.fromstring(found["svg"]).get("width", "").removesuffix("pt")) == pytest.approx(
        72 * WIDTHS[columns], abs=0.1
    )


def test_nothing_tells_of_the_time_or_the_maker(files: dict[str, dict[str, bytes]]) -> None:
    for each in files.values():
        assert not re.search(rb"CreationDate|ModDate|Producer|/Creator", each["pdf"])
        assert b"<dc:date>" not in each["svg"]
        assert b"<dc:creator>" not in each["svg"]
        assert set(Image.open(BytesIO(each["png"])).info) == {"dpi"}


def test_equal_figures_give_equal_bytes(every: dict[str, Figure], files: dict[str, dict[str, bytes]]) -> None:
    for name in (TRADE_OFF, "layers-layer_ms-stand-in", "updates-stand-in"):
        assert drawn(every[name], FORMATS, 1, 100) == files[name]


def test_letters_of_an_svg_stay_letters(every: dict[str, Figure], files: dict[str, dict[str, bytes]]) -> None:
    chart = every[TRADE_OFF].drawn
    assert isinstance(chart, Chart)
    said = words(files[TRADE_OFF]["svg"])
    assert chart.x in said
    assert "on the Pareto front" in said
    assert not [point.label for point in chart.points if not any(point.label in text for text in said)]
    assert b"serif" in files[TRADE_OFF]["svg"]


def test_no_title_is_baked_in(every: dict[str, Figure], files: dict[str, dict[str, bytes]]) -> None:
    for name, each in files.items():
        assert every[name].title not in words(each["svg"])


def test_a_png_stands_on_white(files: dict[str, dict[str, bytes]]) -> None:
    for each in files.values():
        assert Image.open(BytesIO(each["png"])).convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)


def test_axes_tell_their_units(files: dict[str, dict[str, bytes]]) -> None:
    said = words(files["layers-layer_ms-stand-in"]["svg"])
    assert any("ms" in text for text in said)
    assert {"base", "layers-8", "layers-4", "heads-0.5", "encoder"} <= set(said)


def hostile() -> Account:
    """Strings that a suite's names may not be, as a stranger's records might hold them."""
    given = accounts.account()
    names = {each.name: f"{SCRIPT}{IMAGE}{PIPE} $x_1^2$ \\frac模型🚀 {each.name}" for each in given.suite.variants[:4]}
    metrics = {name: replace(metric, title=f"{SCRIPT} $\\alpha$") for name, metric in given.metrics.items()}
    variants = {each.name: replace(each, name=names.get(each.name, each.name)) for each in given.suite.variants}
    entries = tuple(
        replace(each, trial=replace(each.trial, variant=variants[each.trial.variant.name])) for each in given.entries
    )
    suite = replace(given.suite, variants=tuple(variants.values()), reference=names["base"])
    return replace(given, suite=suite, entries=entries, metrics=metrics, verdicts=())


def test_hostile_names_stay_text() -> None:
    found = figures(hostile())
    assert found
    for figure in found:
        svg = drawn(figure, ("svg",))["svg"]
        root = ElementTree.fromstring(svg)
        assert not [each for each in root.iter() if each.tag.rpartition("}")[2] in ("script", "img", "image")]
        assert "$" in "".join(words(svg)), "no mathematics is made of it"
        assert "模" not in "".join(words(svg))


def test_what_no_font_has_is_left_out_and_said() -> None:
    assert legible("layers → 4") == "layers → 4"
    assert legible("模型 small") == "[…] small"
    assert legible("a\n\tb\x07") == "a b"
    assert len(legible("x" * 200)) <= 33
    assert legible("") == ""


def test_many_points_are_drawn() -> None:
    given = next(each for each in figures(accounts.account()) if each.name == TRADE_OFF)
    assert isinstance(given.drawn, Chart)
    many = tuple(
        replace(point, label=f"{point.label}-{turn}", x=replace(point.x, value=point.x.value + turn))
        for turn in range(5)
        for point in given.drawn.points
    )
    assert drawn(replace(given, drawn=replace(given.drawn, points=many, front=(0, 1))), ("png",))["png"]
