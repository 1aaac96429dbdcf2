"""The arrays of a hybrid's ResNet in the original's .npz files: `block1/unit1/conv1/kernel`, `gn_root/scale`.

Kernels are (h, w, in, out). The published files keep the norms' scales and biases as (1, 1, 1, channels), as
vit_jax/checkpoint.py (`_fix_groupnorm`) tells; so does what is written here.
"""

from __future__ import annotations

from torch import nn

from benchbench.catalog.families.vit.entry import Entry
from benchbench.catalog.families.vit.resnet import StandardisedConv2d
from benchbench.catalog.parts import part

KERNEL = (2, 3, 1, 0)
"""(out, in, h, w) to (h, w, in, out)."""

_RESNET = "resnet"


def resnet_arrays(model: nn.Module) -> dict[str, Entry]:
    """Every array of a Hybrid's convolutional part, by its name in the file. The encoder's are a plain ViT's."""
    found: dict[str, Entry] = {}
    for path, module in part(model, _RESNET, nn.Module).named_modules():
        place = path.removeprefix("stages.").replace(".", "/")
        if isinstance(module, StandardisedConv2d):
            out, into, *sides = module.weight.shape
            shape = (*sides, into, out)
            found[f"{place}/kernel"] = Entry(f"{_RESNET}.{path}.weight", module.weight, KERNEL, shape)
        elif isinstance(module, nn.GroupNorm):
            for name, parameter in (("scale", "weight"), ("bias", "bias")):
                tensor = module.get_parameter(parameter)
                found[f"{place}/{name}"] = Entry(f"{_RESNET}.{path}.{parameter}", tensor, (0,), (1, 1, 1, len(tensor)))
    return found
