"""Where a suite names an entry of the catalog: `size`, `- size:` and `size: {}` are brought to the last form."""

from __future__ import annotations

from collections.abc import Iterator

from benchbench.declare.layout import DATA
from benchbench.declare.tree import Fields, Items, Node, Scalar, fields_of
from benchbench.types import Complaint


def settle_choices(root: Fields) -> Iterator[Complaint]:
    """Rewrite each naming in place; complain of those that name none or several."""
    for owner, holder, key in _choices(root):
        node = holder.entries[key] if isinstance(holder, Fields) else holder.items[int(key)]
        if isinstance(node, Scalar) and isinstance(node.value, str):
            node = Fields(node.place, {node.text: Fields(node.place)}, {node.text: node.place})
        if isinstance(node, Fields):
            if len(node.entries) != 1:
                what = f"name one {owner}, not {len(node.entries)} keys"
                yield Complaint(node.place, what, f"`{owner.upper()}` or `{owner.upper()}: {{...}}`")
            _settle_empty(node)
        if isinstance(holder, Fields):
            holder.entries[key] = node
        else:
            holder.items[int(key)] = node


def _settle_empty(node: Fields) -> None:
    for name, settings in node.entries.items():
        if isinstance(settings, Scalar) and settings.value is None:
            node.entries[name] = Fields(settings.place)


def _choices(root: Fields) -> Iterator[tuple[str, Fields | Items, str]]:
    """(what it is called, what holds it, under which key or index)."""
    yield from _in_list("probe", root.entries.get("probes"))
    for section in ("variants", "attempts"):
        for variant in fields_of(root.entries.get(section)).values():
            yield from _in_list("step", fields_of(variant).get("steps"))
    for scale in fields_of(root.entries.get("scales")).values():
        if isinstance(scale, Fields):
            yield from (("dataset", scale, key) for key in DATA if key in scale.entries)


def _in_list(owner: str, node: Node | None) -> Iterator[tuple[str, Items, str]]:
    if isinstance(node, Items):
        yield from ((owner, node, str(index)) for index in range(len(node.items)))
