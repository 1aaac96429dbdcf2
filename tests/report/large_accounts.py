"""An account of as many variants as anybody could want in one table."""

from __future__ import annotations

from dataclasses import replace

from benchbench.report import Account
from benchbench.types import Entry, Measured, Measurement, Variant
from tests.report import accounts

ROUNDS = 7


def account(rows: int) -> Account:
    """The full scale of DETR with `rows` variants, each with its size, computation, latency and AP, all measured."""
    given = accounts.account()
    variants = tuple(
        Variant(f"variant-{number:04d}", f"layers {number % 7}, heads {number % 5}") for number in range(rows)
    )
    reference = variants[0].name
    suite = replace(given.suite, variants=variants, scales=(accounts.FULL,), reference=reference, claims=())
    entries = tuple(entry for variant in variants for entry in entries_of(variant))
    return replace(
        given, suite=suite, entries=entries, verdicts=(), complaints=(), gallery=(), paired={}, splits={}, repeats=()
    )


def entries_of(variant: Variant) -> tuple[Entry, ...]:
    number = int(variant.name.removeprefix("variant-"))
    rounds = tuple(float(place) for place in range(ROUNDS))
    reference = tuple(1500.0 + 10 * place for place in rounds)
    samples = tuple(value * (1 - 0.0002 * (number * 7919 % 2000)) for value in reference)
    columns = {"round": rounds, "reference": reference, "twin": reference}
    params = 1_000_000 + 7919 * number % 1_000_003
    sizes = (accounts.one("params", params), accounts.one("file_mib", params / 2**18))
    ap = Measurement("AP", (0.4 - 0.0001 * number,), interval=(0.38 - 0.0001 * number, 0.42 - 0.0001 * number))
    return (
        accounts.entry(accounts.FULL, accounts.SIZE, variant, Measured(sizes)),
        accounts.entry(accounts.FULL, accounts.FLOPS, variant, Measured((accounts.one("macs", params * 1000),))),
        accounts.entry(
            accounts.FULL, accounts.LATENCY, variant, Measured((Measurement("latency_ms", samples, columns),))
        ),
        accounts.entry(accounts.FULL, accounts.AP, variant, Measured((ap,))),
    )
