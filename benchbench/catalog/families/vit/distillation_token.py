"""A ViT made a DeiT: the second token and its head, as copies of what the class token has."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from benchbench.catalog.families.vit.transformer import constructed
from benchbench.catalog.weight_files import State
from benchbench.errors import BadCheckpoint

_POSITIONS = "deit.embeddings.position_embeddings"


def with_token(model: Any, seed: int) -> nn.Module:
    """The same model with a distillation token: embedding, position and head begin as the class token's.

    DeiT trains its token from the start and tells of no other way; the copies are ours, so that a trained ViT can go
    on as the student of a teacher. Raises BadCheckpoint for a head of more than one layer.
    """
    if not isinstance(model.classifier, nn.Linear):
        raise BadCheckpoint("a distillation token wants a head of its own, and this one has a representation layer")
    made = constructed({**model.config.to_dict(), "model_type": "deit"}, seed)
    made.load_state_dict(_doubled(model.state_dict()))
    return made


def _doubled(state: State) -> dict[str, torch.Tensor]:
    """A ViT's tensors under a DeiT's names, with the second token's."""
    found = {_renamed(name): tensor for name, tensor in state.items()}
    positions = found[_POSITIONS]
    heads = {name: each for name, each in found.items() if name.startswith("cls_classifier.")}
    found |= {name.replace("cls_", "distillation_", 1): each for name, each in heads.items()}
    return found | {
        "deit.embeddings.distillation_token": found["deit.embeddings.cls_token"],
        _POSITIONS: torch.cat([positions[:, :1], positions], dim=1),
    }


def _renamed(name: str) -> str:
    core, rest = name.split(".", 1)
    return f"{'deit' if core == 'vit' else 'cls_classifier'}.{rest}"
