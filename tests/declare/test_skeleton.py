"""`init`: a table becomes a suite that loads."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchbench.declare import Vocabulary, init, load
from benchbench.declare.guessing import guess_column
from benchbench.declare.tables import read_table
from benchbench.errors import InvalidSuite, UnknownName
from benchbench.types import Suite
from tests.declare.conftest import VOCABULARY

CHINESE = """\
# 摘要

| 优化策略 | 参数减少量 | 推理速度提升 | 精度损失(AP) | 备注 |
|---|:--:|---:|---|---|
| Transformer层剪枝 | 22% | 30% | 1.2% | 3 |
| 注意力头剪枝 | 约15% | **20%** | 0.8 | a \\| b |
| 组合优化 | 55% | x1.65 | -3.2% | |

| another | table |
|---|---|
| not | this |
"""
NUMBERS = """\
Model;params (M);GFLOPs;FPS;mAP;latency (s);Latency (ms)
DETR-R50;41;86;28;42.0;0.036;~36
DETR R50!;60;152;20;43.5;;
"""


def begun(folder: Path, name: str, text: str) -> tuple[str, Suite]:
    """The text that `init` makes of a file, and the suite it loads as."""
    (folder / name).write_text(text, encoding="utf-8")
    made = init(folder / name, VOCABULARY)
    (folder / "made.yaml").write_text(made, encoding="utf-8")
    return made, load(folder / "made.yaml", VOCABULARY)


def claims(suite: Suite) -> dict[str, tuple[str, str, str, str]]:
    """Kind, form, metric and value of each claim."""
    return {
        claim.id: (claim.kind, reading.form, reading.metric, reading.range.stated if reading.range else "")
        for claim in suite.claims
        for reading in claim.readings
    }


def test_a_table_of_changes_in_chinese(tmp_path: Path) -> None:
    text, suite = begun(tmp_path, "detr notes.md", CHINESE)
    assert (suite.name, suite.family, suite.reference) == ("detr-notes", "detr", "base")
    assert [(variant.name, variant.title) for variant in suite.variants] == [
        ("base", "the unchanged model"), ("transformer", "Transformer层剪枝"),
        ("variant-2", "注意力头剪枝"), ("variant-3", "组合优化"),
    ]  # fmt: skip
    assert claims(suite) == {
        "transformer.params": ("change", "change", "params", "-22%"),
        "transformer.throughput-ips": ("change", "change", "throughput_ips", "+30%"),
        "transformer.ap": ("change", "change", "AP", "-1.2%"),
        "variant-2.params": ("change", "change", "params", "-15%"),
        "variant-2.throughput-ips": ("change", "change", "throughput_ips", "+20%"),
        "variant-2.ap": ("change", "difference", "AP", "-0.8pt"),
        "variant-3.params": ("change", "change", "params", "-55%"),
        "variant-3.throughput-ips": ("ratio", "ratio", "throughput_ips", "x1.65"),
        "variant-3.ap": ("change", "change", "AP", "-3.2%"),
    }
    (table,) = suite.document.tables
    assert table.columns == ("优化策略", "参数减少量", "推理速度提升", "精度损失(AP)", "备注")
    assert [cell.text for cell in table.rows[1]] == ["注意力头剪枝", "约15%", "20%", "0.8", "a | b"]
    assert [cell.claim for cell in table.rows[0]] == [
        "", "transformer.params", "transformer.throughput-ips", "transformer.ap", "",
    ]  # fmt: skip
    about = suite.claims[3].readings[0].range
    assert about is not None
    assert (about.low, about.high) == (-0.165, -0.135)
    assert '#   row 1, "备注": "3"' in text


def test_a_csv_table_of_numbers(tmp_path: Path) -> None:
    text, suite = begun(tmp_path, "models.csv", NUMBERS)
    assert (suite.reference, [variant.name for variant in suite.variants]) == ("detr-r50", ["detr-r50", "detr-r50-2"])
    assert claims(suite) == {
        "detr-r50.params": ("number", "number", "params", "41M"),
        "detr-r50.macs": ("number", "number", "macs", "86G"),
        "detr-r50.throughput-ips": ("number", "number", "throughput_ips", "28"),
        "detr-r50.ap": ("number", "number", "AP", "42.0pt"),
        "detr-r50.latency-ms": ("number", "number", "latency_ms", "36"),
        "detr-r50-2.params": ("number", "number", "params", "60M"),
        "detr-r50-2.macs": ("number", "number", "macs", "152G"),
        "detr-r50-2.throughput-ips": ("number", "number", "throughput_ips", "20"),
        "detr-r50-2.ap": ("number", "number", "AP", "43.5pt"),
    }
    assert '#   row 1, "latency (s)": "0.036"' in text


def test_it_is_a_function_of_the_file(tmp_path: Path) -> None:
    assert begun(tmp_path, "a.md", CHINESE) == begun(tmp_path, "a.md", CHINESE)


def test_probes_are_those_of_the_columns(tmp_path: Path) -> None:
    _, suite = begun(tmp_path, "a.md", CHINESE)
    assert [probe.name for probe in suite.probes] == ["coco-ap", "size"]
    _, suite = begun(tmp_path, "b.csv", "a,b\nx,1\n")
    assert [probe.name for probe in suite.probes] == sorted(VOCABULARY.probes)
    assert suite.claims == ()


def test_names_may_be_chosen_and_are_made_fit(tmp_path: Path) -> None:
    (tmp_path / "表.md").write_text(CHINESE, encoding="utf-8")
    assert 'suite: "suite"\n' in init(tmp_path / "表.md", VOCABULARY)
    text = init(tmp_path / "表.md", VOCABULARY, name="My DETR/1", dataset="shapes")
    assert 'suite: "my-detr-1"\n' in text
    assert 'dataset: "shapes"' in text
    with pytest.raises(UnknownName, match="unknown family 'dter'"):
        init(tmp_path / "表.md", VOCABULARY, family="dter")


def test_what_must_be_filled_in_is_said_where_it_is(tmp_path: Path) -> None:
    needy = Vocabulary(
        families=VOCABULARY.families,
        inputs=VOCABULARY.inputs,
        steps=VOCABULARY.steps,
        datasets={"rooms": VOCABULARY.datasets["rooms"]},
        probes=VOCABULARY.probes,
        metrics=VOCABULARY.metrics,
    )
    (tmp_path / "a.csv").write_text(NUMBERS, encoding="utf-8")
    made = tmp_path / "made.yaml"
    made.write_text(init(tmp_path / "a.csv", needy), encoding="utf-8")
    line = next(number for number, text in enumerate(made.read_text("utf-8").splitlines(), 1) if "dataset:" in text)
    with pytest.raises(InvalidSuite) as error:
        load(made, needy)
    assert str(error.value) == f"{made}:{line}:14: missing 'seed'"


@pytest.mark.parametrize(("name", "text", "said"), [
    ("a.md", "no table here\n", "1:1: no table with a header and a row"),
    ("a.md", "| a | b |\n|---|---|\n", "1:1: no table with a header and a row"),
    ("a.md", "\n| a | b |\n|---|---|\n| 1 | 2 | 3 |\n| 1 |\n", "4:1: 3 cells under 2 columns"),
    ("a.csv", "a,b\n1,2\n1\n", "3:1: 1 cells under 2 columns"),
    ("a.csv", "", "1:1: no table with a header and a row"),
])  # fmt: skip
def test_what_is_no_table(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InvalidSuite) as error:
        read_table(tmp_path / name)
    assert str(error.value).startswith(f"{tmp_path / name}:{said}")


@pytest.mark.parametrize(("header", "metric"), [
    ("AP", "AP"), ("mAP (%)", "AP"), ("AP50", "AP50"), ("Params", "params"), ("参数量", "params"),
    ("FPS", "throughput_ips"),
    ("Model size", "file_mib"), ("模型体积", "file_mib"), ("显存占用", "peak_memory_mib"), ("GMACs", "macs"),
    ("time (s)", None), ("Map", "AP"), ("mapping", None), ("year", None), ("machine", None),
])  # fmt: skip
def test_headers(header: str, metric: str | None) -> None:
    column = guess_column(header)
    assert (column.metric if column else None) == metric


printable = st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp"), blacklist_characters="\\")
cells = st.text(printable, max_size=12) | st.from_regex(r"[-+~约]?[0-9]{1,3}(\.[0-9])?(%|M|x)?", fullmatch=True)
headers = st.sampled_from(["model", "params (M)", "AP", "speedup", "FPS", "精度损失", "x"])


@settings(max_examples=40)
@given(st.lists(headers, min_size=2, max_size=4), st.data())
def test_whatever_the_cells_say_the_suite_loads(
    tmp_path_factory: pytest.TempPathFactory, columns: list[str], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("table")
    row = st.lists(cells, min_size=len(columns), max_size=len(columns))
    rows = data.draw(st.lists(row, min_size=1, max_size=4))
    lines = [" | ".join(columns), " | ".join("---" for _ in columns)]
    lines += [" | ".join(" ".join(cell.split()).replace("|", "\\|") or "-" for cell in cells) for cells in rows]
    _, suite = begun(folder, "t.md", "\n".join(lines))
    assert len(suite.document.tables[0].rows) == len(rows)
