"""Calls timed by a device's own clock, under a device of the tests' own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.catalog.nvidia import Process, State
from benchbench.measure.meters import Meters
from benchbench.measure.rounds import Round, measurement
from benchbench.measure.timekeeping import WARM_UP_CALLS, WARM_UP_GPU_S, OnProcessor, Watch, timekeeper
from benchbench.measure.turns import take_turns
from tests.measure.graphics import CALM, CARD, Clock, Device, Driver, keeper
from tests.measure.invented import plan

SECONDS = st.floats(1e-6, 10, allow_nan=False)


@given(SECONDS, SECONDS)
def test_a_call_has_the_time_of_the_device_and_of_the_host(busy: float, host: float) -> None:
    device = Device(Clock())
    call = keeper(device).meters.time(lambda: device.launch(busy, host))
    assert call.launch_s == pytest.approx(host)
    # Handed out in one piece: the device begins when the host is done, and its first mark lies before that.
    assert call.device_s == call.seconds == pytest.approx(host + busy)
    assert call.wall_s == pytest.approx(host + busy)


def test_small_kernels_wait_for_the_host_and_large_ones_do_not() -> None:
    def model(device: Device, kernel: float) -> None:
        for _ in range(10):
            device.launch(kernel, 0.001)

    small, large = (Device(Clock()) for _ in range(2))
    of_small = keeper(small).meters.time(lambda: model(small, 0.0001))
    of_large = keeper(large).meters.time(lambda: model(large, 0.1))
    assert of_small.launch_s is not None
    assert of_large.launch_s is not None
    assert of_small.launch_s / of_small.wall_s > 0.9
    assert of_large.launch_s / of_large.wall_s < 0.1


def test_what_ran_before_is_not_in_the_time_of_a_call() -> None:
    device = Device(Clock())
    meters = keeper(device).meters
    first = meters.time(lambda: device.launch(1.0, 0.1))
    second = meters.time(lambda: device.launch(0.5, 0.1))
    assert first.device_s == pytest.approx(1.1)
    assert second.device_s == pytest.approx(0.6)


def test_one_wait_for_each_turn() -> None:
    device = Device(Clock())
    keeper(device).meters.time(lambda: device.launch(1.0, 0.1))
    assert device.waits == 1


def test_a_call_that_raises_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        keeper(Device(Clock())).meters.time(lambda: 1 / 0)


def test_clocks_rise_before_the_first_round() -> None:
    device = Device(Clock())
    made: list[str] = []

    def call(name: str, seconds: float) -> None:
        made.append(name)
        device.launch(seconds, 0.0)

    keeper(device).rouse([lambda: call("a", 0.1), lambda: call("b", 0.2)])
    assert device.clock.now >= WARM_UP_GPU_S
    assert made[:4] == ["a", "b", "a", "b"]
    assert made.count("a") == made.count("b")


def test_one_that_raises_is_left_out_until_its_turn() -> None:
    device, made = Device(Clock()), list[int]()

    def broken() -> None:
        made.append(1)
        raise RuntimeError("out of order")

    keeper(device).rouse([broken, lambda: device.launch(0.3, 0.0)])
    assert made == [1]
    keeper(device).rouse([broken])


def test_warm_up_is_a_fixed_number_of_calls() -> None:
    device, made = Device(Clock()), list[int]()
    keeper(device).warm(lambda: made.append(1))
    OnProcessor(Meters()).warm(lambda: made.append(1))
    assert len(made) == 2 * WARM_UP_CALLS


def test_a_processor_has_neither_clock_nor_columns_of_its_own() -> None:
    of = timekeeper("cpu", Meters())
    call = of.meters.time(lambda: None)
    assert call.device_s is None
    assert call.seconds == call.wall_s
    assert of.look() == {}
    roused: list[int] = []
    of.rouse([lambda: roused.append(1)])
    assert roused == []
    assert of.room() > 0


def test_what_is_seen_of_the_device() -> None:
    driver = Driver([State(1400, None, 60, 200, 4)], (Process(1), Process(2)))
    found = Watch(driver, CARD.uuid, Clock()).look()
    assert found == {
        "gpu_sm_mhz": 1400,
        "gpu_celsius": 60,
        "gpu_watts": 200,
        "gpu_slowing": 4,
        "gpu_others": 1,
    }


def test_a_slow_panel_is_not_asked_at_every_round() -> None:
    clock, driver = Clock(), Driver([CALM, State(1000, 5000, 70, 100, 0)], pause_s=5.0)
    watch = Watch(driver, CARD.uuid, clock)
    first = watch.look()
    clock.work(4.9)
    assert watch.look() == first
    assert driver.looks == 1
    clock.work(0.2)
    assert watch.look()["gpu_sm_mhz"] == 1000


@pytest.mark.parametrize("driver", [None, Driver(failure=OSError("lost"))])
def test_where_nobody_can_be_asked_there_are_no_columns(driver: Driver | None) -> None:
    assert Watch(driver, CARD.uuid, Clock()).look() == {}


def test_a_measurement_has_both_clocks_and_what_was_seen_in_every_round() -> None:
    device = Device(Clock())
    of, asked = keeper(device, Driver([CALM, State(1300, None, 61, None, 0)])), plan("small", min_rounds=2)
    costs = {"base": 0.4, "base (twin)": 0.4, "small": 0.2}
    calls = {name: (lambda cost=cost: device.launch(cost, 0.01)) for name, cost in costs.items()}
    rounds: list[Round] = []
    for _ in range(2):
        played = take_turns(asked, calls, of.meters, 0, rounds, lambda _name: None)
        rounds.append(Round(played.attempt, played.seconds, played.others, played.calls, of.look()))
    told = measurement("seconds", asked, rounds, "small")
    assert told.samples == pytest.approx((0.21, 0.21))
    assert told.columns["device_s"] == told.samples
    assert told.columns["host_s"] == pytest.approx((0.21, 0.21))
    assert told.columns["launch_s"] == pytest.approx((0.01, 0.01))
    assert told.columns["reference"] == pytest.approx((0.41, 0.41))
    assert list(told.columns["gpu_sm_mhz"]) == [1400, 1300]
    assert "gpu_watts" not in told.columns, "what was not told in every round is no column"
