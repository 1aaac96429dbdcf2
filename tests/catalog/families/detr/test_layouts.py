"""Published layouts land, tensor by tensor, and compute what an independent reading of the layout computes."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from benchbench.catalog.contracts import Weights
from benchbench.catalog.families.detr import FAMILY

State = dict[str, Tensor]
Load = Callable[[State], Any]
HEADS = 4


@pytest.fixture
def load(tmp_path: Path, tiny: dict[str, Any]) -> Load:
    """Writes a state dict as the original's checkpoint and loads it through the family."""

    def through(state: State) -> Any:
        torch.save({"model": state}, tmp_path / "detr.pth")
        weights = FAMILY.locate(str(tmp_path / "detr.pth"))
        assert isinstance(weights, Weights)
        return FAMILY.build(weights, seed=0, **tiny)

    return through


def expected(name: str, state: State) -> Tensor:
    """What the layout says a tensor of ours must be, read from our name back to the original's."""
    path, _, kind = name.rpartition(".")
    parts = path.split(".")
    if "backbone" in parts:
        return state["backbone.0.body." + torchvision_name(parts[3:]) + "." + kind]
    if parts[-1][-5:] == "_proj" and parts[-1] != "o_proj":
        attention = "multihead_attn" if "encoder_attn" in parts else "self_attn"
        packed = state[f"transformer.{'.'.join(parts[1:4])}.{attention}.in_proj_{kind}"]
        return packed.view(3, -1, *packed.shape[1:])["qkv".index(parts[-1][0])]
    return state[original_name(parts) + "." + kind]


def torchvision_name(parts: list[str]) -> str:
    leaf = {"convolution": "conv", "normalization": "bn"}[parts[-1]]
    if parts[0] == "embedder":
        return f"{leaf}1"
    unit = f"layer{int(parts[2]) + 1}.{parts[4]}"
    if parts[5] == "shortcut":
        return f"{unit}.downsample.{('conv', 'bn').index(leaf)}"
    return f"{unit}.{leaf}{int(parts[6]) + 1}"


def original_name(parts: list[str]) -> str:
    if "layers" not in parts or parts[0] == "bbox_predictor":
        return {
            "query_position_embeddings": "query_embed",
            "input_projection": "input_proj",
            "class_labels_classifier": "class_embed",
            "layernorm": "transformer.decoder.norm",
        }.get(parts[-1], f"bbox_embed.layers.{parts[-1]}")
    last = "norm3" if parts[1] == "decoder" else "norm2"
    inside = {
        "self_attn.o_proj": "self_attn.out_proj",
        "encoder_attn.o_proj": "multihead_attn.out_proj",
        "mlp.fc1": "linear1",
        "mlp.fc2": "linear2",
        "self_attn_layer_norm": "norm1",
        "encoder_attn_layer_norm": "norm2",
        "final_layer_norm": last,
    }[".".join(parts[4:])]
    return f"transformer.{'.'.join(parts[1:4])}.{inside}"


def test_every_tensor_of_the_original_lands_where_it_belongs(load: Load, original: State) -> None:
    own = load(original).state_dict()

    assert sum(tensor.numel() for tensor in own.values()) == sum(tensor.numel() for tensor in original.values())
    for name, tensor in own.items():
        assert torch.equal(tensor, expected(name, original)), name


def test_half_precision_is_loaded_as_single(load: Load, original: State) -> None:
    model = load({name: tensor.half() for name, tensor in original.items()})

    assert {tensor.dtype for tensor in model.state_dict().values()} == {torch.float32}
    assert torch.equal(model.class_labels_classifier.weight, original["class_embed.weight"].half().float())


def test_batch_counters_have_no_place_and_need_none(load: Load, original: State) -> None:
    load(original | {"backbone.0.body.bn1.num_batches_tracked": torch.tensor(3)})


def test_the_model_computes_what_the_layout_says(load: Load, original: State) -> None:
    image = torch.randn(1, 3, 72, 100, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        found = load(original)(**FAMILY.collate([image[0]]))
        logits, boxes = forward(original, image)

    torch.testing.assert_close(found.logits, logits, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(found.pred_boxes, boxes, rtol=1e-4, atol=1e-6)
    assert boxes.std(dim=1).min() > 1e-3, "the queries must differ, or the test could not fail"


def forward(state: State, image: Tensor) -> tuple[Tensor, Tensor]:
    """DETR by plain functions on the original's tensors: logits and boxes of one unpadded image."""
    features = resnet(state, image)
    _, _, height, width = features.shape
    tokens = F.conv2d(features, state["input_proj.weight"], state["input_proj.bias"]).flatten(2).permute(2, 0, 1)
    place = sines(height, width, tokens.shape[-1] // 2)
    for index in range(2):
        tokens = layer(state, f"transformer.encoder.layers.{index}", tokens, place)
    queries = state["query_embed.weight"][:, None]
    hidden = torch.zeros_like(queries)
    for index in range(2):
        hidden = layer(state, f"transformer.decoder.layers.{index}", hidden, queries, (tokens, place))
    hidden = norm(state, "transformer.decoder.norm", hidden).transpose(0, 1)
    box = hidden
    for index in range(3):
        box = linear(state, f"bbox_embed.layers.{index}", box)
        box = box.relu() if index < 2 else box.sigmoid()
    return linear(state, "class_embed", hidden), box


def layer(state: State, path: str, x: Tensor, place: Tensor, memory: tuple[Tensor, Tensor] | None = None) -> Tensor:
    """A post-norm layer: queries and keys get the position added, values do not."""
    x = norm(state, f"{path}.norm1", x + attend(state, f"{path}.self_attn", x + place, x + place, x))
    if memory:
        tokens, key_place = memory
        attended = attend(state, f"{path}.multihead_attn", x + place, tokens + key_place, tokens)
        x = norm(state, f"{path}.norm2", x + attended)
    update = linear(state, f"{path}.linear2", linear(state, f"{path}.linear1", x).relu())
    return norm(state, f"{path}.norm{3 if memory else 2}", x + update)


def attend(state: State, path: str, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    packed = state[f"{path}.in_proj_weight"], state[f"{path}.in_proj_bias"]
    output = state[f"{path}.out_proj.weight"], state[f"{path}.out_proj.bias"]
    width = query.shape[-1]
    attended, _ = F.multi_head_attention_forward(
        query, key, value, width, HEADS, *packed, None, None, False, 0.0, *output, training=False
    )
    return attended


def linear(state: State, path: str, x: Tensor) -> Tensor:
    return F.linear(x, state[f"{path}.weight"], state[f"{path}.bias"])


def norm(state: State, path: str, x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], state[f"{path}.weight"], state[f"{path}.bias"])


def sines(height: int, width: int, features: int) -> Tensor:
    """Sine and cosine of the place, 0 to 2 pi along each axis, rows first: (h*w, 1, 2*features)."""
    code = torch.zeros(height, width, 2, features)
    for channel in range(features):
        period = 10000 ** (2 * (channel // 2) / features)
        wave = torch.cos if channel % 2 else torch.sin
        code[:, :, 0, channel] = wave(torch.arange(1, height + 1)[:, None] / (height + 1e-6) * 2 * math.pi / period)
        code[:, :, 1, channel] = wave(torch.arange(1, width + 1)[None, :] / (width + 1e-6) * 2 * math.pi / period)
    return code.reshape(height * width, 1, 2 * features)


def resnet(state: State, image: Tensor) -> Tensor:
    """torchvision's bottleneck ResNet: the 3x3 convolution strides, from the second stage on."""
    x = F.max_pool2d(unit(state, "conv1", "bn1", image, stride=2).relu(), 3, stride=2, padding=1)
    for stage, depth in enumerate((1, 2, 1, 1), start=1):
        for block in range(depth):
            stride = 2 if stage > 1 and block == 0 else 1
            x = bottleneck(state, f"layer{stage}.{block}.", x, stride)
    return x


def bottleneck(state: State, path: str, x: Tensor, stride: int) -> Tensor:
    inner = unit(state, f"{path}conv1", f"{path}bn1", x).relu()
    inner = unit(state, f"{path}conv2", f"{path}bn2", inner, stride=stride).relu()
    if path.endswith(".0."):
        x = unit(state, f"{path}downsample.0", f"{path}downsample.1", x, stride=stride)
    return (unit(state, f"{path}conv3", f"{path}bn3", inner) + x).relu()


def unit(state: State, conv: str, bn: str, x: Tensor, stride: int = 1) -> Tensor:
    kernel = state[f"backbone.0.body.{conv}.weight"]
    x = F.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)
    mean, variance, weight, bias = (
        state[f"backbone.0.body.{bn}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")
    )
    return F.batch_norm(x, mean, variance, weight, bias)
