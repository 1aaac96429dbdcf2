"""The original's .npz: read array by array, computed once more in numpy, written back to the byte."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.ndimage import zoom

from benchbench.catalog.contracts import Weights
from benchbench.catalog.families.vit import FAMILY
from benchbench.catalog.families.vit.original import arrays
from benchbench.errors import BadCheckpoint, CannotRun
from tests.catalog.families.vit import flax_arithmetic
from tests.catalog.families.vit.original_arrays import (
    GRID,
    HEADS,
    HIDDEN,
    LAYERS,
    MET,
    PATCH,
    SIZES,
    File,
    drawn,
    saved,
)

RANDOM = Weights("random", "random")
POSITIONS = "Transformer/posembed_input/pos_embedding"
MIB = {"ti16": 37, "s16": 115, "b16": 391, "l16": 1243, "b32": 398, "s32": 118}
"""Of the pre-trained files, whose heads tell 21,843 classes apart, as the README of vision_transformer gives them."""
PLACES = 200
"""Arrays of a file of 12 layers."""


@pytest.fixture
def file() -> File:
    return drawn()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.npz"


def logits(model: Any, grid: int = GRID) -> tuple[Any, Any]:
    """Of two images, and the images as the numpy reading takes them."""
    pixels = torch.randn(2, 3, grid * PATCH, grid * PATCH, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        return model(pixel_values=pixels).logits.numpy(), pixels.permute(0, 2, 3, 1).double().numpy()


def assert_alike(found: Any, expected: Any) -> None:
    assert np.ptp(expected, axis=0).max() > 0.05, "different images must differ"
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def test_a_file_computes_what_the_original_computes(path: Path, file: File) -> None:
    model = FAMILY.build(saved(path, file), seed=0)
    found, pixels = logits(model)
    assert_alike(found, flax_arithmetic.encoder(pixels, file, LAYERS))
    assert not model.training
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


@pytest.mark.parametrize("name", drawn())
def test_every_array_matters(path: Path, file: File, name: str) -> None:
    """A key's bias alone changes nothing: it adds the same to all scores of a query."""
    before, _ = logits(FAMILY.build(saved(path, file), seed=0))
    file[name] = file[name] + np.float32(0.5) * np.resize([1, -2, 3], file[name].shape).astype(np.float32)
    after, _ = logits(FAMILY.build(saved(path, file), seed=0))
    assert (np.abs(after - before).max() > 1e-3) is not name.endswith("key/bias")


def test_the_representation_layer_of_older_files(path: Path) -> None:
    file = drawn(represented=7)
    model = FAMILY.build(saved(path, file), seed=0)
    found, pixels = logits(model)
    unit: dict[str, Any] = {**file, "head/kernel": np.eye(HIDDEN), "head/bias": np.zeros(HIDDEN)}
    seen = flax_arithmetic.encoder(pixels, unit, LAYERS)
    hidden = np.tanh(seen @ file["pre_logits/kernel"] + file["pre_logits/bias"])
    assert_alike(found, hidden @ file["head/kernel"] + file["head/bias"])


def test_files_of_flax_linen_are_understood(path: Path, file: File) -> None:
    linen = {
        name.replace(MET, "MultiHeadDotProductAttention_0")
        .replace("LayerNorm_2", "LayerNorm_1")
        .replace("MlpBlock_3", "MlpBlock_0"): array
        for name, array in file.items()
    }
    assert set(linen) != set(file)
    found, pixels = logits(FAMILY.build(saved(path, linen), seed=0))
    assert_alike(found, flax_arithmetic.encoder(pixels, file, LAYERS))


@pytest.mark.parametrize("grid", [3, 6, 7])
def test_positions_are_resampled_for_another_size_of_image(path: Path, file: File, grid: int) -> None:
    """24 x 24 from 14 x 14 in the original; its rule, and the class token's position as it was."""
    model = FAMILY.build(saved(path, file), seed=0, image=grid * PATCH)
    found, pixels = logits(model, grid)
    table = file[POSITIONS].astype(np.float64)
    square = table[0, 1:].reshape(GRID, GRID, HIDDEN)
    larger = zoom(square, (grid / GRID, grid / GRID, 1), order=1).reshape(1, grid * grid, HIDDEN)
    positions = np.concatenate([table[:, :1], larger], axis=1)
    assert_alike(found, flax_arithmetic.encoder(pixels, {**file, POSITIONS: positions}, LAYERS))


def test_what_is_written_is_read_back_exactly(path: Path, file: File, tmp_path: Path) -> None:
    model = FAMILY.build(saved(path, file), seed=0)
    FAMILY.write_original(model, tmp_path / "again.npz")
    with np.load(tmp_path / "again.npz", allow_pickle=False) as again:
        assert set(again.files) == set(file)
        for name in again.files:
            assert again[name].dtype == np.float32
            np.testing.assert_array_equal(again[name], file[name])
    assert (tmp_path / "again.npz").stat().st_size == path.stat().st_size


@pytest.mark.parametrize("settings", [{}, {"represented": 7}])
def test_written_and_loaded_again(path: Path, tmp_path: Path, settings: dict[str, Any]) -> None:
    model = FAMILY.build(saved(path, drawn(**settings)), seed=0)
    FAMILY.write_original(model, tmp_path / "again.npz")
    again = FAMILY.build(Weights("trained", "", tmp_path / "again.npz"), seed=9)
    state = again.state_dict()
    assert all(torch.equal(tensor, state[name]) for name, tensor in model.state_dict().items())


def test_a_hybrid_goes_there_and_back(path: Path) -> None:
    model = FAMILY.build(RANDOM, seed=1, size="r26-s32", classes=5, image=64, hidden=24, heads=3, mlp=40, layers=1)
    FAMILY.write_original(model, path)
    again = FAMILY.build(Weights("trained", "", path), seed=2, size="r26-s32", hidden=24)
    pixels = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        one, other = (each(pixel_values=pixels).logits for each in (model, again))
    assert torch.equal(one, other)
    assert one.std() > 0


@pytest.mark.parametrize("size", MIB)
def test_the_published_sizes_to_the_mib(size: Any) -> None:
    """The container adds a local and a central header, both with the name, and 128 bytes of NumPy's own."""
    with torch.device("meta"):
        model = FAMILY.build(RANDOM, seed=0, size=size, classes=21843, image=224)
    entries = arrays(model)
    container = sum(30 + 20 + 46 + 2 * len(f"{name}.npy") + 128 for name in entries) + 22
    total = container + 4 * sum(parameter.numel() for parameter in model.parameters())
    assert len(entries) == PLACES if size != "l16" else 392
    assert round(total / 2**20) == MIB[size]
    if size == "l16":
        assert (total - container) / 2**20 < 1242.5, "only with its container does the file round to 1243"


def test_a_missing_array_is_named(path: Path, file: File) -> None:
    gone = f"Transformer/encoderblock_1/{MET}/out/kernel"
    del file[gone]
    with pytest.raises(BadCheckpoint, match=f"does not fit: 1 missing: {gone}"):
        FAMILY.build(saved(path, file), seed=0)


@pytest.mark.parametrize("name", drawn())
def test_any_one_array_may_be_the_missing_one(path: Path, file: File, name: str) -> None:
    """Sizes that the array would have told are those that are named."""
    del file[name]
    with pytest.raises(BadCheckpoint, match=f"1 missing: {name}$|1 missing: {name}\n"):
        FAMILY.build(saved(path, file), seed=0, **SIZES)


def test_an_array_without_a_place_is_named(path: Path, file: File) -> None:
    file["Transformer/encoderblock_0/gate"] = np.ones(3, np.float32)
    file["cls"] = file["cls"][..., :7]
    with pytest.raises(
        BadCheckpoint, match=r"1 unexpected: Transformer/encoderblock_0/gate; 1 of another.*cls: \(1, 1, 7"
    ):
        FAMILY.build(saved(path, file), seed=0)


def test_another_number_of_classes_names_both(path: Path) -> None:
    pretrained = saved(path, drawn(classes=21843))
    with pytest.raises(BadCheckpoint, match="classes 1000 named, 21843 there"):
        FAMILY.build(pretrained, seed=0, classes=1000)
    assert getattr(FAMILY.build(pretrained, seed=0), "config").num_labels == 21843  # noqa: B009


def test_a_size_that_is_not_the_file_s_is_told(path: Path, file: File) -> None:
    with pytest.raises(BadCheckpoint, match="hidden 192 named, 24 there"):
        FAMILY.build(saved(path, file), seed=0, size="ti16")


def test_heads_are_read_from_the_file(path: Path, file: File) -> None:
    model: Any = FAMILY.build(saved(path, file), seed=0)
    assert model.config.num_attention_heads == HEADS
    with pytest.raises(BadCheckpoint, match="heads 6 named, 3 there"):
        FAMILY.build(saved(path, file), seed=0, heads=6)


def test_nothing_in_a_file_may_run(path: Path, file: File) -> None:
    with path.open("wb") as opened:
        np.savez(opened, allow_pickle=True, **{**file, "cls": np.array([print], dtype=object)})
    with pytest.raises(BadCheckpoint, match=r"object|floating"):
        FAMILY.build(Weights("trained", "", path), seed=0)


def test_a_file_cut_short_is_told(path: Path, file: File) -> None:
    saved(path, file)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(BadCheckpoint, match=r"model\.npz cannot be read"):
        FAMILY.build(Weights("trained", "", path), seed=0)


def test_damage_inside_a_file_is_told(path: Path, file: File) -> None:
    saved(path, file)
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("head/kernel.npy").header_offset
    content = bytearray(path.read_bytes())
    content[start + 400] ^= 255
    path.write_bytes(content)
    with pytest.raises(BadCheckpoint, match=r"model\.npz cannot be read.*CRC"):
        FAMILY.build(Weights("trained", "", path), seed=0)


def test_a_deit_has_no_such_file(tmp_path: Path) -> None:
    model = FAMILY.build(RANDOM, seed=0, **SIZES, distilled=True)
    with pytest.raises(CannotRun, match="never published"):
        FAMILY.write_original(model, tmp_path / "deit.npz")
