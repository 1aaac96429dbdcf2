"""How it was measured, said only of the probes that a report tells of."""

from __future__ import annotations

from benchbench.report.account import Account
from benchbench.report.rulings import MEANINGS, badge, counts
from benchbench.types import Cell, Table

WAYS = {
    "size": "Parameters are counted on the model as built, after its parts were removed; the file size is that of the "
    "weights as written, in MiB of 2^20 bytes.",
    "flops": "Computation is counted in multiply-adds (one multiplication and one addition count as one), by a closed "
    "formula and by PyTorch's counter, which must agree.",
    "latency": "Latency is the time of one forward pass. All variants are held by one process and take turns in random "
    "order, round by round; a change is the paired ratio to the reference of the same round, and its interval is taken "
    "over rounds. The reference runs twice: its identical twin is the run's own check.",
    "throughput": "Throughput is images per second of back-to-back forward passes at a fixed batch, by the same turns "
    "as latency; it is measured, not derived from latency.",
    "throughput-sweep": "The best throughput is that of the best batch: batches go up by powers of two until it falls, "
    "each in a process of its own under a limit of memory, and step back where memory is exhausted. Variants are swept "
    "one after another, not by turns, so that small differences between them say little.",
    "peak-memory": "Peak memory is the highest resident memory of a fresh process during a forward pass, apart from "
    "all timing, in MiB of 2^20 bytes.",
    "drift": "Drift is how far a variant's raw outputs lie from the reference's on the same images: the mean cosine, "
    "the largest difference beside the reference's largest value, and in how many decisions both agree. It says that "
    "outputs changed, not that they became worse; an accuracy says that.",
    "coco-ap": "AP is the COCO average precision over IoU .50 to .95 in points (pt), after the detections were "
    "validated; at another number of images it is another quantity, so their number stands beside it.",
    "encoder-latency": "The encoder's latency is the time of a call that ends with its last layer, by the same turns.",
    "layers": "A profile puts a clock at every layer and takes medians over a few calls; the clocks cost time of their "
    "own, so it shows proportions. Multiply-adds, parameters and the bytes of activations (what "
    "submodules write) are counted exactly. On a roofline the bytes that move are those of parameters and activations, "
    "each once; the machine's peak rate and bandwidth were measured. The bound of a variant's speed-up is Amdahl's: "
    "blocks that lost multiply-adds become faster in proportion, all others stay as they are in the reference.",
    "depth-error": "Depth errors compare maps at the size of the ground truth, where it is valid, under the protocol "
    "that the settings name; its fields stand in each number's footnote. An interval is taken over images.",
    "pair-accuracy": "Pair accuracy is the share of annotated pairs of points whose nearer one is named rightly, in "
    "points (pt).",
    "top1": "Top-1 accuracy is the share of images whose true class has the highest logit, top-5 of those where it is "
    "one of five; a tie counts as wrong. Intervals are Wilson's score intervals over images; two variants are compared "
    "by the images that only one of them has right (exact McNemar test, Bonett-Price interval).",
    "recovery": "Recovery training is a step of a variant: every training has a budget of steps and images, and the "
    "reference trained alike is the control. Several trainings differ by their seed alone; their interval is Student's "
    "t over trainings, and says nothing of other images. The peak memory of a training is how far its process rose "
    "above what it held before (on a GPU, all that was allocated). Training costs nothing at inference.",
    "loading": "Loading is tried: the unchanged model's weights are put into the cut model by PyTorch, strictly and "
    "with strict=False, and what it says is kept.",
    "train-step": "A training step is forward, backward and the optimiser, of what the variant's own training trains, "
    "timed by the same turns as latency.",
    "train-memory": "The memory of training is the highest resident memory of a fresh process during a training step.",
}
GENERAL = (
    "Intervals are 95 % unless said otherwise; ± is half their width. Digits follow the uncertainty, and rounding "
    "never carries a number across the limit it is judged by.",
    "Each number stands under its scale. A claim is judged only at the scale it speaks of; the stand-in, a small model "
    "of the same class on generated data, shows a trend beside it and decides nothing about the full model.",
    "Random weights do not change cost, so costs are measured without a checkpoint too; an accuracy of random weights "
    "says nothing of the trained model and is marked.",
)


def ways(account: Account) -> tuple[str, ...]:
    """The paragraphs for the probes in the account, then the general ones."""
    probes = dict.fromkeys(entry.trial.probe.name for entry in account.entries)
    return (*(WAYS[name] for name in probes if name in WAYS), *GENERAL)


def legend(account: Account) -> Table:
    """What each ruling that occurs means."""
    rows = tuple((badge(ruling), Cell(MEANINGS[ruling])) for ruling in counts(account.verdicts))
    return Table("legend", "What the verdicts mean", ("Verdict", "Meaning"), rows)
