"""`coco`: a split of COCO in its own layout, `annotations/instances_<split>.json` beside `<split>/`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchbench.catalog.contracts import Absent, Dataset, Located
from benchbench.catalog.datahome import VARIABLE, home, nowhere
from benchbench.catalog.formulas.coco_categories import NAMES
from benchbench.catalog.formulas.coco_files import Instances, read_instances
from benchbench.catalog.formulas.coco_layout import CocoImages, fingerprint, lacking
from benchbench.errors import BadData


def locate(
    *,
    split: str = "val2017",
    count: int | None = 5000,
    root: str = "",
    annotations: str = "",
    images: list[int] | None = None,
) -> Located | Absent:
    """Looks for the split below `root`, else below $BENCHBENCH_DATA, its subfolder `coco`, or the cache, in this order.

    `annotations` names another instances file, below the root or absolute. All images of that file count, also those
    without annotations, unless `images` lists ids; `count` is how many the file must hold (None: any number). Raises
    BadData for annotations that cannot be trusted, and for listed ids that they lack.
    """
    if Path(split).name != split or split in {"", ".", ".."}:
        raise BadData(f"'{split}' cannot be the name of a split", "val2017, for instance")
    file = Path("annotations", f"instances_{split}.json") if not annotations else Path(annotations).expanduser()
    found = home("coco", root, lambda place: (place / file).is_file())
    if found is None:
        return nowhere(f"{file} of COCO", "coco", root, _remedy(split))
    instances = read_instances(found / file)
    if count is not None and len(instances.images) != count:
        return _miscounted(found / file, len(instances.images), count)
    return _checked(found / file, found / split, instances, images)


def _checked(file: Path, folder: Path, instances: Instances, images: list[int] | None) -> Located | Absent:
    ids = _chosen(file, instances, images)
    named = dict(zip(instances.images.tolist(), instances.names, strict=True))
    names = [named[image] for image in ids]
    missing = lacking(folder, names)
    if missing:
        shown = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
        return Absent(
            f"{len(missing)} of {len(names)} images are missing or empty in {folder}: {shown}", _remedy(folder.name)
        )
    mark = fingerprint(file, folder, names)
    return Located(lambda: CocoImages(folder, instances, mark, ids), mark)


def _chosen(file: Path, instances: Instances, images: Sequence[int] | None) -> list[int]:
    if images is None:
        return sorted(instances.images.tolist())
    unknown = sorted(set(images) - set(instances.images.tolist()))
    if unknown or len(set(images)) != len(images) or not images:
        fault = f"hold no image {unknown[:5]}" if unknown else "are to be scored on a list that is empty or repeats ids"
        raise BadData(f"{file}: the annotations {fault}", "mend the dataset's setting images")
    return sorted(images)


def _miscounted(file: Path, found: int, wanted: int) -> Absent:
    return Absent(
        f"{file} has {found} images, the suite wants {wanted}",
        f"AP over other images is not comparable; to measure on these: --set scales.full.dataset.coco.count={found} "
        "(the scale's name for full)",
    )


def _remedy(split: str) -> str:
    fetch = "benchbench fetch coco-val2017, or " if split == "val2017" else ""
    return f"{fetch}set {VARIABLE} to the folder that holds annotations/ and {split}/ (or whose subfolder coco does)"


def classes(*, annotations: str = "", **_: object) -> dict[int, str]:
    """The names of COCO's categories by id; none where another instances file may have others."""
    return {} if annotations else dict(NAMES)


DATASET = Dataset("coco", 1, locate, classes)
