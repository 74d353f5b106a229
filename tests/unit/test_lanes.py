"""Queues inside one process."""

from __future__ import annotations

from threading import Event

from src.utils.lanes import Lanes
from tests.factories.races import at_once, results

FOREVER_S = 30.0


def test_one_at_a_time() -> None:
    lanes, inside, most = Lanes(patience_s=FOREVER_S), [0], [0]

    def work() -> None:
        with lanes.through(["a", "b"]):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1

    results(at_once([work] * 50))
    assert most == [1]


def test_opposite_orders_do_not_block_each_other() -> None:
    lanes, done = Lanes(patience_s=FOREVER_S), []

    def work(keys: list[str]) -> None:
        with lanes.through(keys):
            done.append(keys)

    results(at_once([lambda: work(["a", "b"]), lambda: work(["b", "a"])] * 25))
    assert len(done) == 50


def test_two_keys_of_one_lane_do_not_block_their_own_work() -> None:
    with Lanes(patience_s=FOREVER_S).through(range(1_000)):
        pass


def test_patience_has_an_end() -> None:
    lanes, passed = Lanes(patience_s=0.01), Event()
    with lanes.through(["a"]), lanes.through(["a"]):
        passed.set()
    assert passed.is_set()


def test_a_failure_frees_the_lane() -> None:
    lanes = Lanes(patience_s=FOREVER_S)
    for _ in range(2):
        try:
            with lanes.through(["a"]):
                raise ValueError
        except ValueError:
            continue
