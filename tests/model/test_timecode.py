"""Times as people write them, read back and refused."""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.model.timecode import (
    STANDARD_RATES,
    TimeError,
    TimeNotation,
    TimeUnit,
    frame_rate,
    smpte_frame,
    smpte_label,
)

NTSC = Fraction(30000, 1001)


class Frames:
    """Frames at given times."""

    def __init__(self, times_us: list[int]) -> None:
        self.times_us = times_us

    @property
    def count(self) -> int:
        return len(self.times_us)

    def time_us(self, number: int) -> int:
        return self.times_us[number]

    def number_at(self, time_us: int) -> int:
        return max(0, bisect_right(self.times_us, time_us) - 1)


STEADY = Frames([round(k * 1_000_000 / 25) for k in range(100_000)])
FILM = TimeNotation(rate_hz=44100, frames=STEADY, fps=Fraction(25))


@pytest.mark.parametrize(
    ("text", "time_us"),
    [
        ("12.5", 12_500_000),
        ("12,5 s", 12_500_000),
        ("1500ms", 1_500_000),
        ("1:02.5", 62_500_000),
        ("1:02:03.25", 3_723_250_000),
        ("00:00:10.000", 10_000_000),
        ("44100 samples", 1_000_000),
        ("50 f", 2_000_000),
        ("00:00:02:05", 2_200_000),
        ("+2 s", 7_000_000),
        ("-500 ms", 4_500_000),
        ("\N{MINUS SIGN}500 ms", 4_500_000),
        ("+1 f", 5_040_000),
        ("-1:00", -55_000_000),
        (" 3. ", 3_000_000),
        ("٣", 3_000_000),
    ],
)
def test_a_time_is_read_in_every_unit(text: str, time_us: int) -> None:
    assert FILM.read(text, 5_000_000) == time_us


@pytest.mark.parametrize("text", ["", "x", "12 parsecs", "1:2:3:4:5", "--3", "1e9", "99999999999999", "nan", "+"])
def test_what_is_no_time_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(TimeError) as refused:
        FILM.read(text)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("unit", "shown"),
    [
        (TimeUnit.CLOCK, "00:01:01.040"),
        (TimeUnit.SECONDS, "61.040 s"),
        (TimeUnit.MILLISECONDS, "61040 ms"),
        (TimeUnit.SAMPLES, "2691864"),
        (TimeUnit.FRAMES, "1526 f"),
        (TimeUnit.SMPTE, "00:01:01:01"),
    ],
)
def test_a_time_is_written_in_every_unit_and_read_back(unit: TimeUnit, shown: str) -> None:
    notation = FILM.within(unit)
    assert notation.write(61_040_000) == shown
    assert notation.read(shown) == 61_040_000


@given(time_us=st.integers(0, 3_900_000_000), unit=st.sampled_from(TimeUnit))
def test_what_is_written_is_read_back_to_the_same_writing(time_us: int, unit: TimeUnit) -> None:
    notation = FILM.within(unit)
    shown = notation.write(time_us)
    assert notation.write(notation.read(shown)) == shown


def test_frames_and_samples_are_counted_from_where_their_file_begins() -> None:
    shifted = TimeNotation(rate_hz=1000, sound_offset_us=250_000, frames=STEADY, video_offset_us=-1_000_000)
    assert shifted.within(TimeUnit.SAMPLES).write(1_250_000) == "1000"
    assert shifted.read("1000 samples") == 1_250_000
    assert shifted.within(TimeUnit.FRAMES).write(0) == "25 f"
    assert shifted.read("25 f") == 0


def test_a_frame_is_found_by_its_own_timestamp_where_the_rate_varies() -> None:
    notation = TimeNotation(TimeUnit.FRAMES, frames=Frames([40_000, 65_000, 200_000, 200_000, 310_000]))
    assert [notation.write(t) for t in (0, 64_999, 65_000, 199_999, 200_000, 400_000)] == [
        "0 f", "0 f", "1 f", "1 f", "3 f", "4 f",
    ]  # fmt: skip
    assert notation.read("4 f") == 310_000


def test_a_unit_that_the_item_does_not_have_is_refused_and_not_offered() -> None:
    sound = TimeNotation(rate_hz=8000)
    assert sound.units() == [TimeUnit.CLOCK, TimeUnit.SECONDS, TimeUnit.MILLISECONDS, TimeUnit.SAMPLES]
    assert sound.within(TimeUnit.SMPTE).unit is TimeUnit.CLOCK
    for text in ("5 frames", "00:00:01:02"):
        with pytest.raises(TimeError, match="no video"):
            sound.read(text)
    with pytest.raises(TimeError, match="no recording"):
        TimeNotation().read("5 samples")


def test_a_frame_outside_the_video_is_refused() -> None:
    with pytest.raises(TimeError, match="no frame 100000"):
        FILM.read("100000 f")
    with pytest.raises(TimeError, match="no frame -1"):
        FILM.read("-1 f", 0)


# The labels around the first minutes as SMPTE ST 12-1 counts them: two numbers are left out each minute but the tenth.
@pytest.mark.parametrize(
    ("frame", "label"),
    [
        (0, "00:00:00;00"),
        (1799, "00:00:59;29"),
        (1800, "00:01:00;02"),
        (3597, "00:01:59;29"),
        (3598, "00:02:00;02"),
        (17981, "00:09:59;29"),
        (17982, "00:10:00;00"),
        (107892, "01:00:00;00"),
    ],
)
def test_drop_frame_labels(frame: int, label: str) -> None:
    assert smpte_label(frame, NTSC) == label
    hours, minutes, rest = label.split(":")
    assert smpte_frame(int(hours), int(minutes), *map(int, rest.split(";")), fps=NTSC) == frame


@given(frame=st.integers(0, 10_000_000), fps=st.sampled_from(STANDARD_RATES))
def test_every_frame_has_a_time_code_of_its_own(frame: int, fps: Fraction) -> None:
    label = smpte_label(frame, fps).replace(";", ":")
    assert smpte_frame(*map(int, label.split(":")), fps=fps) == frame


def test_a_time_code_that_is_left_out_is_refused() -> None:
    with pytest.raises(TimeError, match="leaves 00:01:00;00 out"):
        smpte_frame(0, 1, 0, 0, fps=NTSC)
    with pytest.raises(TimeError, match="no time code"):
        smpte_frame(0, 0, 0, 25, fps=Fraction(25))


def test_the_rate_is_a_standard_one_where_it_is_near() -> None:
    assert frame_rate(0, round(999 * 1001 / 30000 * 1e6), 1000) == NTSC
    assert frame_rate(0, 999 * 40_000, 1000) == 25
    assert frame_rate(500, 500 + 99 * 66_667, 100) == pytest.approx(15, rel=1e-4)
    assert frame_rate(0, 0, 1) is None
