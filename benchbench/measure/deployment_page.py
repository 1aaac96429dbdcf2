"""The same for people: what it is, how to run it in six lines, what is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

CardLike = Mapping[str, Any]


def page_of(card: CardLike) -> str:
    """A README.md in Markdown."""
    return "\n".join(_lines(card)) + "\n"


def _lines(card: CardLike) -> Iterator[str]:
    yield from (f"# {card['title']}", "")
    yield from (f"Variant `{card['variant']}` of the suite `{card['suite']}` at scale `{card['scale']}`.", "")
    yield from ("## Run it", "", "```python", *RECIPES[card["format"]](card), "```", "")
    yield from _section("Goes in", _inputs(card))
    yield from _section("Comes out", _outputs(card))
    yield from _section("How it was made", _made(card))
    yield from _section("What is known of it", _numbers(card))
    yield from _section("Files", (f"- `{each['name']}`: {each['bytes']:,} bytes" for each in card["files"]))
    yield f"Licence: {card['licence']}."


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield from (f"## {title}", "", *lines, "")


def _zeros(card: CardLike, library: str, suffix: str) -> str:
    """The inputs of the six lines: nothing to see, everything in its place."""
    made = (f'"{each["name"]}": {_filled(each, library)}' for each in card["input"]["tensors"])
    return f"inputs = {{{', '.join(made)}}}{suffix}"


def _filled(tensor: Mapping[str, Any], library: str) -> str:
    sizes = tuple(tensor.get("made_with", tensor["shape"]))
    fill = "zeros" if tensor["dtype"].startswith("float") else "ones"
    return f"{library}.{fill}({sizes}, dtype={library}.{tensor['dtype']})"


def _onnx(card: CardLike) -> Iterator[str]:
    yield "import numpy"
    yield "import onnxruntime"
    yield 'session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])'
    yield _zeros(card, "numpy", "  # a prepared picture here")
    yield f"{', '.join(each['name'] for each in card['outputs'])}, = session.run(None, inputs)"
    yield f"print({card['outputs'][0]['name']}.shape)"


def _program(card: CardLike) -> Iterator[str]:
    yield "import torch"
    yield 'model = torch.export.load("model.pt2").module()  # only of a file you trust: loading can run code'
    yield _zeros(card, "torch", "  # a prepared picture here")
    yield "outputs = model(**inputs)"
    yield f'print(outputs["{card["outputs"][0]["name"]}"].shape)'


def _safetensors(card: CardLike) -> Iterator[str]:
    yield "import torch"
    if card["opens_with_transformers"]:
        yield "from transformers import AutoConfig, AutoModel"
        yield "import transformers"
        yield 'model = getattr(transformers, AutoConfig.from_pretrained(".").architectures[0]).from_pretrained(".")'
    else:
        yield "from benchbench.exporting import opened"
        yield 'model = opened(".").model'
    yield _zeros(card, "torch", "  # a prepared picture here")
    yield f"print(model(**inputs).{card['outputs'][0]['name']}.shape)"


RECIPES = {"onnx": _onnx, "torch-export": _program, "safetensors": _safetensors}


def _inputs(card: CardLike) -> Iterator[str]:
    yield from (_told(each) for each in card["input"]["tensors"])
    yield f"- layout: {card['input']['layout']}"
    settings = ", ".join(f"{name} {value}" for name, value in card["input"]["preprocessing"].items())
    yield f"- {card['input']['from']}: {settings or 'none'}"
    scaled = card["input"]["normalisation"]
    yield f"- normalised in 0..1 with mean {scaled['mean']} and deviation {scaled['deviation']}"


def _outputs(card: CardLike) -> Iterator[str]:
    yield from map(_told, card["outputs"])
    if card["classes"]:
        yield f"- classes in order: {', '.join(card['classes'])}"


def _told(tensor: Mapping[str, Any]) -> str:
    return f"- `{tensor['name']}`: {tensor['dtype']} ({', '.join(map(str, tensor['shape']))})"


def _made(card: CardLike) -> Iterator[str]:
    weights, deviation = card["weights"], card["deviation"]
    origin = weights["origin"] or "of no stated origin"
    yield f"- weights: {weights['kind']}, {origin} (`{weights['fingerprint'][:16]}`)"
    for use in card["steps"]:
        settings = ", ".join(f"{name} {value}" for name, value in use["settings"].items())
        yield f"- step `{use['step']}`: {settings}"
    yield f"- recovery: {card['recovery']}; {card['parameters']:,} parameters"
    apart = deviation["largest_relative_to_the_largest_value"]
    yield f"- {apart:.1e} from {deviation['from']} (relative to the largest value)"
    yield from (f"- {note}" for note in deviation["notes"])
    yield f"- {card['made']['by']}, {card['made']['at']}; everything else is in `card.json`"


def _numbers(card: CardLike) -> Iterator[str]:
    if not card["numbers"]:
        yield "Nothing has been measured of this variant where it was exported."
        return
    yield from ("| what | value | 95 % interval | under | machine |", "|---|---|---|---|---|")
    for each in card["numbers"]:
        spread = f"{each['low']:.4g} to {each['high']:.4g}"
        value = f"{each['value']:.6g} {each['unit']}".strip()
        yield f"| {each['title']} | {value} | {spread} | {each['condition']} | {each['machine']} |"
