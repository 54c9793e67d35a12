"""The window kept in the process itself: right, and no larger than what still counts."""

import time

import time_machine

from campaigns import limiting

RULE = limiting.rules("2/h/ip")["ip"]


def test_a_turn_is_free_again_when_its_hour_is_over() -> None:
    near = limiting.Nearby()
    with time_machine.travel("2026-05-01 12:00Z", tick=False) as clock:
        assert near.hit(RULE, "ip", "a")
        clock.shift(1800)
        assert near.hit(RULE, "ip", "a")
        assert not near.hit(RULE, "ip", "a")
        assert near.get_window_stats(RULE, "ip", "a").reset_time == time.time() + 1800
        clock.shift(1800)
        assert near.hit(RULE, "ip", "a")
        assert not near.hit(RULE, "ip", "a")


def test_t78_visitors_whose_time_is_over_are_forgotten() -> None:
    near = limiting.Nearby()
    with time_machine.travel("2026-05-01 12:00Z", tick=False) as clock:
        for visitor in range(1000):
            near.hit(RULE, "ip", f"visitor {visitor}")
        assert len(near) == 1000
        clock.shift(3600)
        for visitor in range(300):
            near.hit(RULE, "ip", f"another {visitor}")
        assert len(near) == 300
