"""`shapes`: generated detection data in the layout of COCO, a pure function of a seed."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchbench.catalog.contracts import Dataset, Located
from benchbench.catalog.formulas import shapes_drawing
from benchbench.catalog.formulas.coco_files import read_instances
from benchbench.catalog.formulas.coco_layout import CocoImages
from benchbench.errors import BadData

IMAGES = "images"
INSTANCES = "instances.json"


def write(root: Path, *, seed: int, count: int) -> Path:
    """Writes `count` pictures of `seed` as `root/images/%012d.png` and `root/instances.json`; returns `root`.

    The folder appears whole or not at all, and a whole one of the same seed, count and drawing version is used
    again as it is. Raises BadData when `root` holds something else.
    """
    wanted = {"seed": seed, "count": count, "version": shapes_drawing.VERSION}
    if not root.exists():
        root.parent.mkdir(parents=True, exist_ok=True)
        _publish(_drawn(root, wanted), root)
    _check(root, wanted)
    return root


def _drawn(root: Path, wanted: dict[str, int]) -> Path:
    """The data set in a temporary neighbour of `root`, so that renaming it is atomic."""
    folder = Path(tempfile.mkdtemp(prefix=f".{root.name}.", dir=root.parent))
    try:
        (folder / IMAGES).mkdir()
        document = shapes_drawing.instances(list(_saved(folder / IMAGES, wanted["seed"], wanted["count"])))
        document["info"] |= wanted
        (folder / INSTANCES).write_text(json.dumps(document), encoding="utf-8")
    except BaseException:
        shutil.rmtree(folder)
        raise
    return folder


def _saved(folder: Path, seed: int, count: int) -> Iterator[shapes_drawing.Drawing]:
    """Drawings without their pixels, which go to the disk one by one: a thousand pictures are 300 MB."""
    from dataclasses import replace

    from PIL import Image

    for index in range(count):
        drawing = shapes_drawing.draw(seed, index)
        Image.fromarray(drawing.image).save(folder / shapes_drawing.file_name(index + 1), compress_level=1)
        yield replace(drawing, image=drawing.image[:0])


def _publish(folder: Path, root: Path) -> None:
    """Renames into place; if another process was first, its identical copy is kept."""
    try:
        os.rename(folder, root)  # noqa: PTH104 - Path.rename would say the same with a discarded return value
    except OSError:
        shutil.rmtree(folder)
        if not root.is_dir():
            raise


def _check(root: Path, wanted: dict[str, int]) -> None:
    found = _info(root / INSTANCES)
    if any(found.get(key) != value for key, value in wanted.items()):
        raise BadData(
            f"{root / INSTANCES} is not of the generated data asked for: wanted {wanted}, found {found or 'nothing'}",
            hint="remove the folder; it will be drawn again",
        )


def _info(path: Path) -> dict[str, Any]:
    try:
        info = json.loads(path.read_text(encoding="utf-8")).get("info", {})
    except (OSError, ValueError, AttributeError):
        return {}
    return info if isinstance(info, dict) else {}


def locate(*, seed: int, count: int, root: str = "") -> Located:
    """Pictures of a seed, drawn when first opened: below `root`, or below the user's cache. Nothing is read here.

    Raises BadData for a seed below 0 or a count below 1.
    """
    from platformdirs import user_cache_path

    if seed < 0 or count < 1:
        raise BadData(f"shapes cannot be drawn with seed {seed} and count {count}", "seed from 0, count from 1")
    name = f"{seed}-{count}-v{shapes_drawing.VERSION}"
    mark = hashlib.sha256(f"shapes {name}".encode()).hexdigest()
    home = Path(root).expanduser() if root else user_cache_path("benchbench") / "shapes"

    def opened() -> CocoImages:
        folder = write(home / name, seed=seed, count=count)
        return CocoImages(folder / IMAGES, read_instances(folder / INSTANCES), mark)

    return Located(opened, mark)


def classes(**_: object) -> dict[int, str]:
    """Names of the shapes by category id."""
    return dict(enumerate(shapes_drawing.CATEGORIES, start=1))


DATASET = Dataset("shapes", shapes_drawing.VERSION, locate, classes)
