"""Low-rank adapters (Hu et al. 2021), put in for a training and merged into the weights at its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchbench.errors import CannotTrain

if TYPE_CHECKING:
    from torch import nn

SCALE = 2
"""alpha / rank, as in peft's own examples: what an adapter says is multiplied by it."""


def inject(model: nn.Module, linears: Sequence[str], rank: int) -> None:
    """Wrap these linear layers; the adapters begin as nothing and train. Draws from torch's generator.

    Raises CannotTrain where peft is not installed.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise CannotTrain("train: 'lora' needs the package peft", "pip install 'benchbench[lora]'") from error
    flags = {name: parameter.requires_grad for name, parameter in model.named_parameters()}
    config = LoraConfig(r=rank, lora_alpha=SCALE * rank, target_modules=list(linears), lora_dropout=0.0)
    inject_adapter_in_model(config, model)
    for name, parameter in model.named_parameters():
        # peft freezes all but its adapters; the strategy has already said what else trains.
        parameter.requires_grad_(flags.get(name, ".lora_" in name))


def merge(model: nn.Module) -> None:
    """Add every adapter to the weight it belongs to and take the wrapping away: names and shapes are as they were.

    Nothing happens to a model that has none.
    """
    if not hasattr(model, "peft_config"):
        return
    from peft.tuners.lora import LoraLayer

    for name, module in list(model.named_modules()):
        if isinstance(module, LoraLayer):
            module.merge()
            model.set_submodule(name, module.get_base_layer())
    del model.peft_config
