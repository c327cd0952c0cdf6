"""What must not be left half done is finished before Ctrl-C takes effect."""

from __future__ import annotations

import signal

from lsr_opensearch.cli.interruption import at_the_second_interruption


def press(times: int) -> list[str]:
    """What is done of a thing during which Ctrl-C is pressed."""
    done = []
    try:
        with at_the_second_interruption():
            for time in range(times):
                signal.raise_signal(signal.SIGINT)
                done.append(f"after {time + 1}")
            done.append("all")
    except KeyboardInterrupt:
        return done
    return [*done, "and nothing was interrupted"]


def test_what_was_begun_is_finished_first() -> None:
    assert press(1) == ["after 1", "all"]


def test_pressed_again_it_ends_at_once() -> None:
    assert press(2) == ["after 1"]


def test_afterwards_interruptions_are_what_they_were() -> None:
    before = signal.getsignal(signal.SIGINT)
    with at_the_second_interruption():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before
