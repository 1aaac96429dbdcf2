"""Downloads: the only part of benchbench that touches the network, and only when asked to."""

from __future__ import annotations

import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from benchbench.errors import BenchbenchError, UnknownName, nearest


@dataclass(frozen=True)
class Archive:
    """A file to download, and where it goes below the cache. Zip and tar files are unpacked there.

    `checksum` is a sha256, or `md5:` and an md5 where its owners publish nothing better.
    """

    url: str
    checksum: str
    folder: str


COCO = "http://images.cocodataset.org"
ANNOTATIONS = Archive(
    f"{COCO}/annotations/annotations_trainval2017.zip",
    "113a836d90195ee1f884e704da6304dfaaecff1f023f49b6ca93c4aaae470268",
    "coco",
)
ARCHIVES: dict[str, tuple[Archive, ...]] = {
    "coco-val2017": (
        ANNOTATIONS,
        Archive(
            f"{COCO}/zips/val2017.zip",
            "4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05",
            "coco",
        ),
    ),
    "diode-val": (
        Archive("http://diode-dataset.s3.amazonaws.com/val.tar.gz", "md5:5c895d09201b88973c8fe4552a67dd85", "diode"),
    ),
}
"""The md5 is that of github.com/diode-dataset/diode-devkit, README.md."""
MODELS = {
    "facebook/detr-resnet-50": "no_timm",
    "facebook/detr-resnet-101": "no_timm",
    "depth-anything/Depth-Anything-V2-Small-hf": "main",
    "depth-anything/Depth-Anything-V2-Base-hf": "main",
    "depth-anything/Depth-Anything-V2-Large-hf": "main",
    "facebook/dinov2-small": "main",
    "facebook/dinov2-base": "main",
    "facebook/dinov2-large": "main",
}
"""Models of the hub by name, and the revision whose layout needs no other library."""


def names() -> tuple[str, ...]:
    """Everything `fetch` knows by name."""
    return tuple(sorted([*ARCHIVES, *MODELS]))


def fetch(name: str, cache: Path) -> Path:
    """Download what `name` stands for, with a progress bar and a checksum; answers the folder it lies in.

    A name with a slash that is not listed is taken for a model of the Hugging Face hub. Raises UnknownName, and
    BenchbenchError when the download fails or its checksum differs (nothing is kept then).
    """
    if name in ARCHIVES:
        return _archives(name, cache)
    if "/" in name:
        return _model(name)
    raise UnknownName(f"nothing to fetch is called '{name}'", nearest(name, names()))


def _archives(name: str, cache: Path) -> Path:
    folder = cache
    for archive in ARCHIVES[name]:
        folder = cache / archive.folder
        _download(archive, folder)
    return folder


def _download(archive: Archive, folder: Path) -> None:
    import pooch

    file = archive.url.rsplit("/", 1)[-1]
    downloads = folder / "downloads"
    try:
        path = pooch.retrieve(
            archive.url,
            known_hash=archive.checksum,
            fname=file,
            path=downloads,
            downloader=pooch.HTTPDownloader(progressbar=True, timeout=60),
        )
    except (OSError, ValueError) as error:
        raise BenchbenchError(
            f"could not download {archive.url}: {error}",
            f"check the network, or put the file at {downloads / file} by hand and run this again",
        ) from error
    if zipfile.is_zipfile(path) or tarfile.is_tarfile(path):
        unpack(Path(path), folder)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip or tar file below `folder`. Raises BenchbenchError for a member that would land outside of it."""
    root = folder.resolve()
    if tarfile.is_tarfile(archive):
        _untar(archive, root)
        return
    with zipfile.ZipFile(archive) as file:
        for member in file.infolist():
            if not (root / member.filename).resolve().is_relative_to(root):
                raise BenchbenchError(f"{archive}: member '{member.filename}' would land outside {root}")
        file.extractall(root)


def _untar(archive: Path, root: Path) -> None:
    try:
        with tarfile.open(archive) as file:
            file.extractall(root, filter="data")
    except tarfile.FilterError as error:
        raise BenchbenchError(f"{archive}: a member would land outside {root}: {error}") from error


def _model(name: str) -> Path:
    from huggingface_hub import snapshot_download

    wanted = ["*.json", "*.safetensors", "pytorch_model.bin"]
    try:
        return Path(snapshot_download(name, revision=MODELS.get(name), allow_patterns=wanted))
    except Exception as error:  # the hub's client raises whatever its transport does
        raise BenchbenchError(
            f"could not download {name} from the Hugging Face hub: {type(error).__name__}: {error}",
            "check the name and the network, or give the checkpoint's folder: --set scales.full.checkpoint=FOLDER",
        ) from error
