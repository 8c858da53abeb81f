"""The circuit breaker by its own clock: what opens it, who tries again, what closes it."""

from __future__ import annotations

import pytest
import redis

from config.caching.breaker import CLOSED, HALF_OPEN, OPEN, Breaker, NotNow


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock) -> Breaker:
    return Breaker(clock)


def fail(breaker: Breaker, error: Exception) -> None:
    with pytest.raises(type(error)), breaker.asking():
        raise error


def answer(breaker: Breaker, clock: Clock, seconds: float = 0.001) -> None:
    with breaker.asking():
        clock.now += seconds


def test_one_timeout_opens_it(breaker):
    fail(breaker, redis.TimeoutError())
    assert breaker.state == OPEN
    with pytest.raises(NotNow), breaker.asking():
        pytest.fail("nobody may be let through")


def test_three_refusals_within_ten_seconds_open_it_and_two_do_not(breaker, clock):
    fail(breaker, redis.ConnectionError())
    fail(breaker, redis.ConnectionError())
    assert breaker.state == CLOSED
    clock.now += 9
    fail(breaker, redis.ConnectionError())
    assert breaker.state == OPEN


def test_three_refusals_over_a_longer_time_do_not(breaker, clock):
    for _ in range(3):
        fail(breaker, redis.ConnectionError())
        clock.now += 6
    assert breaker.state == CLOSED


def test_three_slow_answers_in_a_row_open_it_and_a_quick_one_between_them_keeps_it_closed(breaker, clock):
    for seconds in (0.3, 0.3, 0.001, 0.3, 0.3):
        answer(breaker, clock, seconds)
    assert breaker.state == CLOSED
    answer(breaker, clock, 0.3)
    assert breaker.state == OPEN


def test_a_process_that_is_busy_itself_does_not_blame_the_server(breaker, clock):
    entered = [breaker.asking() for _ in range(20)]
    for call in entered:
        call.__enter__()
    clock.now += 0.4
    for call in reversed(entered[10:]):
        call.__exit__(None, None, None)
    assert breaker.state == CLOSED


def test_after_five_seconds_one_caller_tries_and_the_others_wait(breaker, clock):
    fail(breaker, redis.TimeoutError())
    clock.now += 5
    assert breaker.state == HALF_OPEN
    with breaker.asking():
        with pytest.raises(NotNow), breaker.asking():
            pytest.fail("one is enough to try")
    assert breaker.state == CLOSED


def test_who_tries_in_vain_keeps_it_open_for_another_five_seconds(breaker, clock):
    fail(breaker, redis.TimeoutError())
    clock.now += 5
    fail(breaker, redis.ConnectionError())
    clock.now += 4
    assert breaker.state == OPEN
    clock.now += 1
    answer(breaker, clock)
    assert breaker.state == CLOSED
