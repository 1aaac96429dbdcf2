"""Every complaint stands at its line and column, says what is wrong and names the nearest known name."""

from __future__ import annotations

import re

import pytest

from tests.declare.conftest import GOOD, Files

SHAPE = [
    ("title: A small suite", "titel: A small suite",
     "1:1: missing 'title'", "2:1: unknown key 'titel' (did you mean 'title'?)"),
    ("title: A small suite", "title: 5", '2:8: \'title\' should be text, not 5 (write it in quotes: "5")'),
    ("suite: small", "suite: ../x", "1:8: '../x' is no name (a name is letters, digits and . _ + - only, and begins "
     "with a letter or digit)"),
    ("family: detr", "family: dert", "3:9: unknown family 'dert' (did you mean 'detr'?)"),
    ("reference: base", "reference: bse", "4:12: unknown variant 'bse' (did you mean 'base'?)"),
    ("reference: base", "reference: base\nseed: -1", "5:7: 'seed' should be greater than or equal to 0, not -1"),
    ("reference: base", "reference: base\nbudget: {minrounds: 3, seconds: true}",
     "5:10: unknown key 'minrounds' (did you mean 'min-rounds'?)", "5:33: 'seconds' should be a number, not true"),
    ("claim: C.1}", "claim: C.9}", "11:35: unknown claim 'C.9' (did you mean 'C.3'?)"),
    ("- [none, 42.0]", "- [none]", "12:11: 1 cells in a table of 2 columns (a cell may be empty: '')"),
    ("  tiny:", "  any:", "18:3: a scale cannot be called 'any' (claims that name no model use that word)"),
    ("timing: [96, 96]", "timing: [96]", "21:5: missing 'timing[1]'"),
    ("timing: [96, 96]", "timing: [96, x]", "21:18: 'timing[1]' should be an integer, not \"x\""),
    ("scales: [full], architecture", "scales: [ful], architecture",
     "32:18: unknown scale 'ful' (did you mean 'full'?)"),
    ("attempts:\n", "attempts:\n  r18: {}\n", "34:3: 'r18' is a variant already (an attempt needs a name of its own)"),
    ("  r18: {scales", "  r/18: {scales", "32:3: 'r/18' is no name (a name is letters, digits and . _ + - only, and "
     "begins with a letter or digit)"),
    ("variants: [base, layers]", "variants: [base, layer]", "37:48: unknown variant 'layer' (did you mean 'layers'?)"),
    ("{batch: 2}", "{batch: 0, dtype: float31}", "37:76: 'batch' should be greater than or equal to 1, not 0",
     "37:86: 'dtype' should be 'float32', 'float16' or 'bfloat16', not \"float31\" (did you mean 'float32'?)"),
    ("- size: {settings: {paper: true}}", "- size", "38:5: the same probe is declared twice (first on line 36)"),
    ("base: {title: DETR}", "base: x", '23:9: \'base\' should be a mapping, not "x"'),
]  # fmt: skip

CATALOG = [
    ("      - drop-layers: {stack: encoder", "      - drop-layer: {stack: encoder",
     "26:9: unknown step 'drop-layer' (did you mean 'drop-layers'?)"),
    ("stack: encoder", "stak: encoder", "26:9: missing 'stack'",
     "26:23: unknown setting of drop-layers 'stak' (did you mean 'stack'?)"),
    ("stack: encoder", "stack: encodr", "26:30: 'stack' should be 'encoder' or 'decoder', not \"encodr\" "
     "(did you mean 'encoder'?)"),
    ("count: 4", 'count: "4"', "26:46: 'count' should be an integer, not \"4\" (write it without quotes)"),
    ("count: 4", "count: 4.0", "26:46: 'count' should be an integer, not 4.0"),
    ("count: 4", "count: yes", "26:46: 'count' should be an integer, not \"yes\""),
    ("keep: [0, 2, 4]", "keep: [0, x]", "27:59: 'keep[1]' should be an integer, not \"x\""),
    ("keep: [0, 2, 4]", "keep: 3", "27:55: 'keep' should be 'first' or 'every-other' or a list, not 3"),
    ("keep: 0.75", "keep: 0.75, same_everywhere: true",
     "31:39: unknown setting of prune-heads 'same_everywhere' (did you mean 'same-everywhere'?)"),
    ("{keep: 0.75}", "{keep: .inf}", "31:33: 'keep' should be a number, not \".inf\""),
    ("[prune-heads: {keep: 0.75}]", "[prune-heads]", "31:13: missing 'keep'"),
    ("[prune-heads: {keep: 0.75}]", "[{prune-heads: {keep: 0.75}, drop-layers: {}}]",
     "31:13: name one step, not 2 keys (`STEP` or `STEP: {...}`)", "31:41: missing 'stack'", "31:41: missing 'count'"),
    ("[prune-heads: {keep: 0.75}]", "[{}]", "31:13: name one step, not 0 keys (`STEP` or `STEP: {...}`)"),
    ("[prune-heads: {keep: 0.75}]", "[[]]", "31:13: 'steps[0]' should be a mapping, not a list"),
    ("[prune-heads: {keep: 0.75}]", "prune-heads", '31:12: \'steps\' should be a list, not "prune-heads"'),
    ("{coco: {split: val2017, count: 5000}}", "{cocoa: {}}", "16:15: unknown dataset 'cocoa' (did you mean 'coco'?)"),
    ("dataset: shapes", "dataset: rooms", "20:14: missing 'seed'"),
    ("  - size\n", "  - sise\n", "36:5: unknown probe 'sise' (did you mean 'size'?)"),
    ("settings: {paper: true}", "settings: {papers: true}",
     "38:23: unknown setting of size 'papers' (did you mean 'paper'?)"),
    ("{backbone: resnet-18}", "{backbone: resnet-19, seed: 3}",
     "32:50: 'backbone' should be 'resnet-18' or 'resnet-50', not \"resnet-19\" (did you mean 'resnet-18'?)",
     "32:61: unknown architecture setting of detr 'seed' (known: backbone, encoder-layers, heads)"),
    ("checkpoint: stand-in", "checkpoint: stand-in\n    input: {shortest: 3}",
     "20:13: unknown input setting of detr 'shortest' (did you mean 'shorter'?)"),
]  # fmt: skip

CLAIMS = [
    ("kind: change", "kind: chang", "41:11: 'kind' should be 'number', 'ratio', 'change', 'ordering', 'fact' or "
     "'recipe', not \"chang\" (did you mean 'change'?)"),
    ("metric: params\n", "metric: parms\n", "45:13: unknown metric 'parms' (did you mean 'params'?)"),
    ("value: -22%", "value: 22 percent", "47:12: '22 percent' is no number as a claim writes them: "
     "-22%, 1.2pt, x1.30, 42.0, 41M, 86G, 159MiB"),
    ("value: -22%", "value: x1.3",
     "47:12: 'x1.3' is a factor, and this is a change (add form: ratio, or write per cent)"),
    ("value: -22%", "value: 1pt", "47:12: '1pt' is in points, and this is a change (add form: difference)"),
    ("    value: -22%\n", "", "48:7: a change needs 'value'"),
    ("value: 20%", "about: true, tolerance: 1%", "50:44: both 'about' and 'tolerance' are given (keep one of them)"),
    ("value: 20%", "tolerance: -1%",
     "50:48: '-1%' is no tolerance: write 0.5%, 1pt or a number in the value's own unit"),
    ("value: 20%", "value: 41M, tolerance: 1pt", "50:60: a tolerance in points needs a value in points "
     "(write it in the value's own unit)"),
    ("value: 20%", "form: number, versus: base",
     "50:59: 'versus' means nothing for a number (add form: ratio, change or difference, or leave it out)"),
    ("value: 20%", "vlue: 20%", "50:37: unknown key 'vlue' (did you mean 'value'?)"),
    ("      paper: {", "      as the paper: {", "50:7: 'as the paper' is no name (a name is letters, digits and "
     ". _ + - only, and begins with a letter or digit)"),
    ('"layers < base by 5%"', '"layer < base"', "51:80: unknown variant 'layer' (did you mean 'layers'?)"),
    ('"layers < base by 5%"', '"layers <= base"',
     "51:80: 'layers <= base' is no comparison: write 'a > b' or 'a < b by 5%'"),
    (', order: ["layers < base by 5%"]', "", "51:3: an ordering needs 'order'"),
    ("primary: C.1", "primary: C.7", "51:113: unknown claim 'C.7' (did you mean 'C.3'?)"),
    ("title: six heads, scale: full", "title: six heads, scale: fulll",
     "52:48: unknown scale 'fulll' (did you mean 'full'?)"),
    ("attempt: nhead-6", "attempt: nhead-7", "52:72: unknown variant or attempt 'nhead-7' (did you mean 'nhead-6'?)"),
    (", recipe: {attempt: nhead-6, changed: layers}", "",
     "52:3: a recipe needs 'recipe' or 'quotations' (such as recipe: {attempt: NAME})"),
    ("kind: recipe", "kind: fact",
     "52:3: a fact needs 'metric' and 'variant' and 'value' (or 'quotations' from the source)"),
]  # fmt: skip


BENT = [(old, new, said) for old, new, *said in [*SHAPE, *CATALOG, *CLAIMS]]


@pytest.mark.parametrize(("old", "new", "said"), BENT)
def test_complaint(files: Files, old: str, new: str, said: list[str]) -> None:
    assert files.bent(old, new) == said


@pytest.mark.parametrize(("old", "new", "said"), BENT)
def test_a_name_complained_of_stands_at_its_place(old: str, new: str, said: list[str]) -> None:
    lines = GOOD.replace(old, new).splitlines()
    for complaint in said:
        found = re.match(r"(\d+):(\d+): (?:unknown [\w -]+ |)'([^']+)'(?: is no name|$| \()", complaint)
        if found:
            line, column, name = int(found[1]), int(found[2]), found[3]
            assert lines[line - 1][column - 1 :].lstrip('"').startswith(name), complaint


def test_all_complaints_come_at_once_in_order(files: Files) -> None:
    text = GOOD
    for old, new in [
        ("reference: base", "reference: bse"),
        ("stack: encoder", "stak: encoder"),
        ("from: layers", "from: combined"),
        ("  - size\n", "  - sise\n"),
        ("metric: params\n", "metric: parms\n"),
        ("kind: recipe", "kind: recip"),
    ]:
        text = text.replace(old, new)
    assert [line.split(" (")[0] for line in files.complaints(text + "  C.1: {}\nextra: 1\n")] == [
        "4:12: unknown variant 'bse'",
        "26:9: missing 'stack'",
        "26:23: unknown setting of drop-layers 'stak'",
        "29:11: 'combined' comes from itself",
        "36:5: unknown probe 'sise'",
        "45:13: unknown metric 'parms'",
        "52:15: 'kind' should be 'number', 'ratio', 'change', 'ordering', 'fact' or 'recipe', not \"recip\"",
        "53:3: the key 'C.1' is given twice",
        "54:1: unknown key 'extra'",
    ]


def test_settings_of_an_unknown_family_are_not_doubted(files: Files) -> None:
    text = GOOD.replace("family: detr", "family: other").replace("resnet-18}", "vgg}")
    assert files.complaints(text) == ["3:9: unknown family 'other' (known: detr, vit-depth)"]


def test_circles_of_every_length(files: Files) -> None:
    assert files.bent("    from: layers", "    from: combined") == [
        "29:11: 'combined' comes from itself ('from' leads in a circle)"
    ]
    text = GOOD.replace("base: {title: DETR}", "base: {from: combined}").replace("from: layers", "from: base")
    assert files.complaints(text) == [
        "23:16: 'base' comes from itself ('from' leads in a circle)",
        "29:11: 'combined' comes from itself ('from' leads in a circle)",
    ]


def test_a_variant_does_not_come_from_an_attempt(files: Files) -> None:
    assert files.bent("from: layers", "from: nhead-6") == [
        "29:11: 'nhead-6' is an attempt (a variant is made from a variant)"
    ]


@pytest.mark.parametrize(("text", "said"), [
    ("", "1:1: a suite is a mapping (it begins with suite: NAME)"),
    ("- 1\n", "1:1: a suite is a mapping (it begins with suite: NAME)"),
])  # fmt: skip
def test_not_even_a_mapping(files: Files, text: str, said: str) -> None:
    assert files.complaints(text) == [said]


def test_an_empty_suite_is_told_everything_it_lacks(files: Files) -> None:
    needed = ("suite", "title", "family", "reference", "scales", "variants", "probes")
    assert files.complaints("{}\n") == [f"1:1: missing '{key}'" for key in needed]


def test_names_that_are_no_text_are_told_of(files: Files) -> None:
    named = GOOD.replace("  r18: {scales", '  "\\ud800\\udc00": {}\n  r18: {scales')
    found = files.complaints(named.replace("reference: base", "reference: zzzz"))
    assert any("unknown variant 'zzzz' (known: base" in each for each in found)
