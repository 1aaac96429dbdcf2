"""Trains the stand-in: `python -m training.detr.train --work FOLDER`; run it again to go on where it stopped."""

import argparse
import csv
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW
from transformers import DetrForObjectDetection

from training.detr import checkpoint, data, evaluation, initialise
from training.detr.checkpoint import Progress
from training.detr.loss import set_loss, token_loss
from training.detr.model import predictions, trainable
from training.detr.recipe import Recipe, Schedule

Loss = Callable[[DetrForObjectDetection, Tensor, data.Targets, float], Tensor]
COLUMNS = ("phase", "step", "images", "loss", *evaluation.METRICS, "cpu_seconds")


def dense_loss(model: DetrForObjectDetection, images: Tensor, targets: data.Targets, _: float) -> Tensor:
    """Class and box of every encoder token through the heads that the queries will use; the decoder is at rest."""
    features = model.model.input_projection(model.model.backbone.model(images).feature_maps[-1])
    height, width = features.shape[-2:]
    position = model.model.position_embedding(features.shape, features.device, features.dtype)
    tokens = model.model.encoder(
        inputs_embeds=features.flatten(2).transpose(1, 2),
        attention_mask=torch.ones(len(features), height * width),
        spatial_position_embeddings=position.flatten(2).transpose(1, 2),
    ).last_hidden_state
    return _by_token(model, tokens, targets)


def _by_token(model: DetrForObjectDetection, tokens: Tensor, targets: data.Targets) -> Tensor:
    hidden = model.model.decoder.layernorm(tokens)
    return token_loss(model.class_labels_classifier(hidden), model.bbox_predictor(hidden).sigmoid(), targets)


def detection_loss(model: DetrForObjectDetection, images: Tensor, targets: data.Targets, dense_weight: float) -> Tensor:
    """The set loss of every decoder layer and, while `dense_weight` lasts, the token loss of the encoder."""
    logits, boxes, tokens = predictions(model, images)
    loss = set_loss(logits, boxes, targets, no_object_weight=model.config.eos_coefficient)
    return loss + dense_weight * _by_token(model, tokens, targets) if dense_weight else loss


def fading(step: int, steps: int) -> float:
    """From one down to zero in a straight line; nothing at all over no steps."""
    return max(0.0, 1 - step / steps) if steps else 0.0


class Run:
    """One training run in a folder: its data, model, checkpoint and log."""

    def __init__(self, recipe: Recipe, work: Path, pictures: data.Pictures, held_out: evaluation.HeldOut) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.work, self.pictures, self.held_out = recipe, work, pictures, held_out
        self.model = trainable(recipe)
        initialise.construct(self.model)
        self.progress = Progress()
        work.mkdir(parents=True, exist_ok=True)

    @property
    def kept(self) -> Path:
        return self.work / "checkpoint.pt"

    def finish(self) -> None:
        """Both phases to their last step, from wherever the checkpoint stands."""
        self._phase("dense", dense_loss, self.recipe.dense_schedule())
        self._phase("set", detection_loss, self.recipe.set_schedule())

    def _phase(self, name: str, loss: Loss, schedule: Schedule) -> None:
        optimiser = AdamW(self.model.parameters(), weight_decay=self.recipe.weight_decay, fused=True)
        if self.kept.exists():
            self.progress = checkpoint.load(self.kept, self.model, optimiser, name)
        if (self.progress.phase, name) == ("set", "dense"):
            return
        if self.progress.phase != name:
            self.progress = Progress(name, 0, self.progress.seconds)
        recent: list[float] = []
        self.model.train()
        while self.progress.step < schedule.steps:
            recent.append(self._step(loss, optimiser, schedule))
            if self._due(self.recipe.evaluate_every, schedule):
                self._report(sum(recent) / len(recent))
                recent.clear()
            if self._due(self.recipe.save_every, schedule):
                checkpoint.save(self.kept, self.model, optimiser, self.progress)

    def _due(self, every: int, schedule: Schedule) -> bool:
        return self.progress.step % every == 0 or self.progress.step == schedule.steps

    def _step(self, loss: Loss, optimiser: AdamW, schedule: Schedule) -> float:
        started, recipe, step = time.process_time(), self.recipe, self.progress.step
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate(step)
        seed = recipe.seed + (self.progress.phase == "set")
        images, targets = data.batch(self.pictures, seed=seed, step=step, size=recipe.batch)
        value = loss(self.model, images, targets, fading(step, recipe.token_loss_steps))
        optimiser.zero_grad()
        torch.autograd.backward(value)
        clip_grad_norm_(self.model.parameters(), recipe.clip)
        optimiser.step()
        self.progress = replace(
            self.progress, step=step + 1, seconds=self.progress.seconds + time.process_time() - started
        )
        return value.item()

    def _report(self, loss: float) -> None:
        scores = evaluation.average_precision(self.model, self.held_out) if self.progress.phase == "set" else {}
        row = [self.progress.phase, self.progress.step, self.progress.step * self.recipe.batch, f"{loss:.4f}"]
        row += [f"{scores[name]:.4f}" if scores else "" for name in evaluation.METRICS]
        row += [f"{self.progress.seconds:.0f}"]
        path = self.work / "training_log.csv"
        fresh = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerows([COLUMNS, row] if fresh else [row])
        print(*row, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="checkpoint and log; a run in it is continued")
    parser.add_argument("--data", type=Path, help="where the training pictures are kept (default: WORK/data)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    recipe = Recipe()
    folder = arguments.data or arguments.work / "data"
    pictures = data.training_set(folder, seed=recipe.seed, count=recipe.images, side=recipe.side)
    held_out = evaluation.held_out(recipe.held_out_seed, recipe.held_out, recipe.side)
    Run(recipe, arguments.work, pictures, held_out).finish()


if __name__ == "__main__":
    main()
