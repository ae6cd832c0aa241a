"""Who is dead is decided by one's own clock, and only by time in which the beats could be read."""

from app.jobs.keeper import BEAT_S, SILENT_S, Silence


def test_a_beat_that_moves_is_alive_however_long_it_takes() -> None:
    silence = Silence()
    assert all(silence.dead({"a": beat}, BEAT_S) == [] for beat in range(100))


def test_a_beat_that_stands_still_is_dead_in_time() -> None:
    silence = Silence()
    silence.dead({"a": 5, "b": 5}, BEAT_S)
    rounds = [silence.dead({"a": 5, "b": 6 + beat}, BEAT_S) for beat in range(int(SILENT_S / BEAT_S))]
    assert rounds[-1] == ["a"]
    assert all(dead == [] for dead in rounds[:-1])


def test_time_without_a_reading_does_not_count() -> None:
    silence = Silence()
    silence.dead({"a": 5}, BEAT_S)
    assert silence.dead({"a": 5}, 3600.0) == []
    assert silence.dead({"a": 6}, BEAT_S) == []


def test_who_is_new_is_alive() -> None:
    assert Silence().dead({"a": 0}, 3600.0) == []
