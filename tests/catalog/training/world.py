"""A small world to train in: a Depth Anything of a few thousand weights, rooms of 42 pixels, and ground to stand on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from benchbench.catalog.anatomy import Anatomy, Attention, FeedForward, Layer, Stack
from benchbench.catalog.contracts import Family, Ground, Inputs, Sample, Samples, Subject, Task
from benchbench.catalog.formulas.rooms_drawing import draw
from benchbench.errors import BadData

SIDE = 42
ROOMS = 24


class Rooms:
    """The first rooms of a seed, every second pixel of them."""

    def __init__(self, count: int = ROOMS, seed: int = 5) -> None:
        self.fingerprint = f"rooms {seed} {count}"
        self._seed, self._count = seed, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Sample:
        return _room(self._seed, index)


@cache
def _room(seed: int, index: int) -> Sample:
    room = draw(seed, index)
    image, depth = room.image[: 2 * SIDE : 2, : 2 * SIDE : 2], room.depth[: 2 * SIDE : 2, : 2 * SIDE : 2]
    return Sample(index, np.ascontiguousarray(image), {"depth": depth.copy(), "valid": np.ones_like(depth, bool)})


class Tiny:
    """A family of depth models that learn log depth, as simply as can be."""

    name, title, version = "tiny", "tiny depth", 1
    task: Task = "depth"

    def prepare(self, image: Any, *, gain: float = 1.0) -> Tensor:
        return gain * (torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).float() / 255 - 0.5)

    def anatomy(self, model: nn.Module) -> Anatomy:
        return anatomy(model)

    def collate(self, images: Sequence[Tensor]) -> Inputs:
        return {"pixel_values": torch.stack(list(images))}

    def example(self, batch: int, height: int, width: int, seed: int) -> Inputs:
        drawn = torch.randn(batch, 3, height, width, generator=torch.Generator().manual_seed(seed))
        return {"pixel_values": drawn}

    def targets(self, samples: Sequence[Sample], model: nn.Module | None = None) -> dict[str, Any]:
        del model
        return {"depth": torch.from_numpy(np.stack([sample.target["depth"] for sample in samples]))}

    def loss(self, model: nn.Module, outputs: Any, targets: Mapping[str, Any]) -> Tensor:
        del model
        return mse_loss(outputs.predicted_depth, targets["depth"].log())

    def imitation(self, outputs: Any, taught: Any) -> Tensor:
        return mse_loss(outputs.predicted_depth, taught.predicted_depth)


def anatomy(model: Any) -> Anatomy:
    layers = tuple(_layer(layer) for layer in model.backbone.encoder.layer)
    stack = Stack("encoder", model.backbone.encoder.layer, layers, lambda _: None)
    return Anatomy(stacks=(stack,), encoder=("backbone.",), predictors=("head.",))


def _layer(layer: Any) -> Layer:
    owner = layer.attention
    linears = (owner.q_proj, owner.k_proj, owner.v_proj, owner.o_proj)
    attention = Attention("attention", owner, *linears, head_dim=owner.head_dim, heads=2)
    return Layer(layer, (attention,), FeedForward("mlp", layer.mlp.fc1, layer.mlp.fc2))


def student(layers: int = 4, width: int = 16, seed: int = 0, dropout: float = 0.0, patch: int = 14) -> Subject:
    """A fresh one, of random weights that are not degenerate."""
    return Subject(_built(layers, width, seed, dropout, patch), cast(Family, Tiny()), seed)


def _built(layers: int, width: int, seed: int, dropout: float, patch: int) -> nn.Module:
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

    encoder = Dinov2Config(
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=2,
        mlp_ratio=2,
        image_size=SIDE,
        patch_size=patch,
        out_indices=[layers - 3, layers - 2, layers - 1, layers],
        reshape_hidden_states=False,
        hidden_dropout_prob=dropout,
        use_mask_token=True,
    )
    config = DepthAnythingConfig(
        backbone_config=encoder,
        patch_size=patch,
        reassemble_hidden_size=width,
        neck_hidden_sizes=[4, 6, 8, 8],
        fusion_hidden_size=8,
        head_hidden_size=8,
    )
    torch.manual_seed(seed)
    model: Any = DepthAnythingForDepthEstimation(config)
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(module.weight)
    nn.init.constant_(model.head.conv3.bias, 1.0)
    return cast(nn.Module, model.float().eval())


class Heard(list[str]):
    """What a training told; `done` are the steps it told of."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[int] = []

    def __call__(self, done: int, total: int, text: str) -> None:
        assert 0 <= done <= total
        self.append(text)
        self.done.append(done)


def missing() -> Any:
    raise BadData("not declared", "declare it")


def ground(
    folder: Path,
    *,
    labelled: Callable[[], Samples] = Rooms,
    unlabelled: Callable[[], Samples] = missing,
    teacher: Callable[[], Subject] = missing,
    tell: Callable[[int, int, str], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
    given: Mapping[str, Any] | None = None,
) -> Ground:
    return Ground(labelled, unlabelled, teacher, given or {}, folder, Heard() if tell is None else tell, stopped)


def weights(subject: Subject) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in subject.model.state_dict().items()}


def differing(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> list[str]:
    """Names of tensors that are not equal bit for bit."""
    assert one.keys() == other.keys()
    return [name for name in one if not torch.equal(one[name], other[name])]
