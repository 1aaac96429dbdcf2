"""Small depth data in the real formats, each with the depth that must come out of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HEIGHT, WIDTH = 6, 9
KITTI_LINE = (
    "2011_09_26/2011_09_26_drive_0002_sync/image_02/data/{0:010d}.png "
    "2011_09_26_drive_0002_sync/proj_depth/groundtruth/image_02/{0:010d}.png 721.5377"
)


def colours(number: int, height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint8]:
    """No two rows, columns or channels are alike."""
    rows, columns, channels = np.ogrid[:height, :width, :3]
    return np.asarray((rows * 29 + columns * 7 + channels * 83 + number) % 256, np.uint8)


def steps(number: int, height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint16]:
    """Depth as 16-bit files hold it; nothing measured at row 1, column 2."""
    rows, columns = np.ogrid[:height, :width]
    values = np.asarray(1000 + rows * 100 + columns * 3 + number, np.uint16)
    values[1, 2] = 0
    return values


def save(path: Path, pixels: NDArray[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def nyu_labelled(path: Path, count: int, **replaced: Any) -> Path:
    """`nyu_depth_v2_labeled.mat` as MATLAB saves it: axes reversed. Raw depth has a hole, filled depth has none."""
    import h5py

    path.parent.mkdir(parents=True, exist_ok=True)
    raw = np.stack([steps(n).T / np.float32(1000) for n in range(1, count + 1)])
    arrays = {
        "images": np.stack([colours(n).transpose(2, 1, 0) for n in range(1, count + 1)]),
        "rawDepths": raw,
        "depths": np.where(raw > 0, raw, np.float32(5)),
        "names": np.zeros((1, 3), np.uint16),
    }
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values in {**arrays, **replaced}.items():
            if values is not None:
                file[name] = values
    return path


def nyu_bts(folder: Path, numbers: Iterable[int]) -> Path:
    """`<scene>/rgb_00000.png` with `sync_depth_00000.png`, counted from 0, in two scenes."""
    for number in numbers:
        scene = folder / ("kitchen" if number % 2 else "bathroom")
        save(scene / f"rgb_{number - 1:05d}.png", colours(number))
        save(scene / f"sync_depth_{number - 1:05d}.png", steps(number))
    return folder


def nyu_colors(folder: Path, numbers: Iterable[int]) -> Path:
    for number in numbers:
        save(folder / f"{number - 1:05d}_colors.png", colours(number))
        save(folder / f"{number - 1:05d}_depth.png", steps(number))
    return folder


def kitti(folder: Path, frames: Iterable[int], *, raw: str = "", truth: str = "data_depth_annotated/") -> Path:
    """Images, ground truth and the list, whose second line has no ground truth."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for frame in frames:
        image, depth, _ = KITTI_LINE.format(frame).split()
        save(folder / raw / image, colours(frame))
        save(folder / truth / depth, steps(frame))
        lines.append(KITTI_LINE.format(frame))
    lines.insert(1, f"{KITTI_LINE.format(99).split()[0]} None 721.5377")
    (folder / "eigen_test_files_with_gt.txt").write_text("\n".join(lines) + "\n")
    return folder


def vkitti2(folder: Path, frames: int, *, halves: tuple[str, str] = ("", ""), part: str = "Scene01/clone") -> Path:
    """Frames of one scene and condition; the sky is at row 0, column 1."""
    for frame in range(frames):
        depth = steps(frame)
        depth[0, 1] = 65535
        save(folder / halves[0] / part / "frames" / "rgb" / "Camera_0" / f"rgb_{frame:05d}.jpg", colours(frame))
        save(folder / halves[1] / part / "frames" / "depth" / "Camera_0" / f"depth_{frame:05d}.png", depth)
    return folder


def diode(folder: Path, kind: str, frames: int) -> Path:
    """Frames of a scan, depth of shape (H, W, 1); the mask hides row 1, column 2 and the first column is not finite."""
    scan = folder / "val" / kind / "scene_00019" / "scan_00183"
    scan.mkdir(parents=True)
    for frame in range(frames):
        stem = f"00019_00183_{kind}_000_{frame:03d}"
        depth = (steps(frame) / 1000).astype(np.float32)
        mask = (depth > 0).astype(np.float32)
        depth[1, 2], depth[:, 0] = 7, np.nan
        save(scan / f"{stem}.png", colours(frame))
        np.save(scan / f"{stem}_depth.npy", depth[..., None])
        np.save(scan / f"{stem}_depth_mask.npy", mask)
    return folder
