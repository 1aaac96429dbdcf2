"""The rule by which answers are compared with what pages show."""

from __future__ import annotations

import pytest

from tests.documented_output import same


@pytest.mark.parametrize(
    ("shown", "answered"),
    [
        ("base  940883\n", "base    940883 \n"),
        ("−7.5 % worse\n", "−7.5\N{NO-BREAK SPACE}% worse\n"),
        ("kept\n...\nreport: a.html\n", "kept\nfour\nlines\nreport: a.html\n"),
        ("eager  0\nonnx   0.1  ...\n", "eager  0\nonnx   0.1\n"),
        ("made 2026-01-02T03:04:05+00:00\n", "made 2027-11-12T13:14:15.678+00:00\n"),
        ("key 6a0d4ff5…\n", "key 92758ee4458d89102fa9f9955dbd86ad889e8bdc4ba2228b103a991ccaf1c746\n"),
        ("in /data/coco/val2017\n", "in /tmp/pytest-of-me/coco\n"),
        ("torch 2.13.0+cpu\n", "torch 2.14.1\n"),
    ],
)
def test_what_varies_is_no_difference(shown: str, answered: str) -> None:
    assert same(shown, answered)


@pytest.mark.parametrize(
    ("shown", "answered"),
    [
        ("base  940883\n", "base  940884\n"),
        ("size 3.7 MiB\n", "size 3.8 MiB\n"),
        ("2 to measure\n", "3 to measure\n"),
        ("kept\n...\nreport: a.html\n", "kept\nreport: b.html\n"),
        ("records/stand-in\n", "records/full\n"),
        ("deadbee\n", "feedback\n"),
        ("", "error: no such file\n"),
    ],
)
def test_anything_else_is_one(shown: str, answered: str) -> None:
    assert not same(shown, answered)


def test_measured_numbers_are_no_difference_where_a_page_says_so() -> None:
    shown, answered = "latency 1,234.5 ms, 3 % more, 5 rounds\n", "latency 2.25 ms, 17 % more, 5 rounds\n"
    assert same(shown, answered, measured=True)
    assert not same(shown, answered)
    assert not same(shown, answered.replace("5 rounds", "6 rounds"), measured=True)
    assert not same(shown, answered.replace("latency", "throughput"), measured=True)
