"""An export in a worker process: build, write, open again, compare, describe."""

from __future__ import annotations

import json

from benchbench.measure.build import Workshop
from benchbench.measure.deployed import CARD, README
from benchbench.measure.deployed_files import write
from benchbench.measure.deployment import Deployment
from benchbench.measure.deployment_card import card_of
from benchbench.measure.deployment_page import page_of
from benchbench.measure.job import Job
from benchbench.measure.voice import Voice, failed
from benchbench.types import Measured


def deploy(job: Job, workshop: Workshop, voice: Voice) -> None:
    """Fill the folder of the job's export with its first trial; the card is told as a fact of the result."""
    assert job.export is not None
    voice.turn(0)
    voice.progress(0, 2, "building")
    try:
        deployment = Deployment.of(job.cohort.trials[0], job.export, workshop)
        voice.progress(1, 2, f"writing {job.export.format} and opening it again")
        card = card_of(deployment, write(deployment))
        (job.export.folder / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        (job.export.folder / README).write_text(page_of(card), encoding="utf-8")
    except Exception as error:
        voice.result(0, failed(error), {})
    else:
        voice.result(0, Measured(()), {"card": card})
