"""Making the model: random or from the folder of a VisionTextDualEncoder, each tensor accounted for.

The original (vit_jax/models_lit.py) takes the class token of each tower as it is and puts a linear head with a bias on
it; transformers puts a pooler with a tanh before, and its projections have no bias. Both are built here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchbench.catalog.checkpoints import config_beside
from benchbench.catalog.contracts import Weights
from benchbench.catalog.families.lit.architecture import check, config_of, sizes, sizes_of
from benchbench.catalog.weight_files import State, compare, fill, read, read_config
from benchbench.errors import BadCheckpoint

TOWERS = ("vision_model", "text_model")
PROJECTIONS = ("visual_projection", "text_projection")

_FIRST_NAMES = (
    (r"^vision_model\.encoder\.layer\.", "vision_model.layers."),
    (r"^(vision_model\..*)\.attention\.attention\.(q|k|v)(?:uery|ey|alue)\.", r"\1.attention.\2_proj."),
    (r"^(vision_model\..*)\.attention\.output\.dense\.", r"\1.attention.o_proj."),
    (r"^(vision_model\..*)\.intermediate\.dense\.", r"\1.mlp.fc1."),
    (r"^(vision_model\.layers\.\d+)\.output\.dense\.", r"\1.mlp.fc2."),
)
"""Files keep the names that transformers' ViT had at first; BERT has them still."""

_NO_WEIGHTS = re.compile(r"\.embeddings\.(position_ids|token_type_ids)$")


class ClassToken(nn.Module):
    """(n, tokens, width) to the first token, (n, width)."""

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens[:, 0]


def make(weights: Weights, seed: int, settings: Mapping[str, int]) -> nn.Module:
    """Build and fill a model; `settings` are only the sizes that were named. See `architecture.build`."""
    if weights.path is None:
        return dual_encoder(config_of(sizes(settings)), seed)
    beside = config_beside(weights.path)
    if beside is None:
        hint = "give a folder with config.json, as save_pretrained writes it"
        raise BadCheckpoint(f"{weights.path} is no folder of a VisionTextDualEncoder", hint)
    return _from_folder(beside, converted(read(weights.path)), settings, seed, weights.path)


def dual_encoder(config: Mapping[str, Any], seed: int, tensors: Collection[str] = ()) -> nn.Module:
    """A model of this config with random weights; `tensors` (none: the original's) tell of poolers and biases."""
    from transformers import VisionTextDualEncoderConfig, VisionTextDualEncoderModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Any = VisionTextDualEncoderModel(VisionTextDualEncoderConfig.from_dict(dict(config)))
        for tower in TOWERS:
            if f"{tower}.pooler.dense.weight" not in tensors:
                getattr(model, tower).pooler = ClassToken()
        for name in PROJECTIONS:
            if not tensors or f"{name}.bias" in tensors:
                getattr(model, name).bias = nn.Parameter(torch.zeros(config["projection_dim"]))
    built: nn.Module = model.float().eval()
    return built


def converted(state: State) -> State:
    """The same tensors under the model's names; a second one of a name is marked, so that none gets lost."""
    found: State = {}
    for name, tensor in state.items():
        if _NO_WEIGHTS.search(name):
            continue
        for pattern, after in _FIRST_NAMES:
            name = re.sub(pattern, after, name)  # noqa: PLW2901
        found[f"{name} (a second time)" if name in found else name] = tensor
    return found


def _from_folder(config: Path, state: State, settings: Mapping[str, int], seed: int, path: Path) -> nn.Module:
    from huggingface_hub.errors import StrictDataclassError

    found = read_config(config, "vision-text-dual-encoder", "VisionTextDualEncoder")
    for part, kind in (("vision_config", "vit"), ("text_config", "bert")):
        own = found.get(part)
        if not isinstance(own, dict) or own.get("model_type") != kind:
            raise BadCheckpoint(f"{config}: its {part} is not of model_type '{kind}'", "only ViT beside BERT is LiT")
    try:
        model = dual_encoder({"projection_dim": 512, **found}, seed, state.keys())
        own_sizes = sizes_of(model.config)
        check(own_sizes)
    except (StrictDataclassError, ValueError, TypeError, KeyError) as error:
        raise BadCheckpoint(f"no VisionTextDualEncoder can be built of {config}: {error}") from error
    compare(settings, own_sizes, config)
    fill(model, state, path)
    return model
