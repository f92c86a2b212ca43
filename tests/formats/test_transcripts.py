"""What is said when, read from subtitles and turns of speakers beside a recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.errors import FormatError
from annodesk.formats.transcripts import Line, read_transcript

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>Hello</i> there

2
00:01:00,5 --> 00:01:02,000
HOST: And now, the news.
It rains.
"""
VTT = """WEBVTT

NOTE made by hand

intro
00:01.000 --> 00:02.000 align:start
<v.loud Ana>Good &amp; well</v>
"""
RTTM = "SPEAKER talk 1 0.5 1.25 <NA> <NA> ana <NA> <NA>\n;; a remark\nSPEAKER talk 1 2 1 <NA> <NA> ben <NA> <NA>\n"


def read(folder: Path, name: str, text: str) -> list[Line]:
    (folder / name).write_text(text, encoding="utf-8")
    return read_transcript(folder / name)


def test_subtitles_are_lines_with_times_and_speakers_where_they_are_named(tmp_path: Path) -> None:
    assert read(tmp_path, "talk.srt", SRT) == [
        Line(1_000_000, 2_500_000, "Hello there"),
        Line(60_500_000, 62_000_000, "And now, the news. It rains.", "HOST"),
    ]


def test_web_subtitles_name_their_voices(tmp_path: Path) -> None:
    assert read(tmp_path, "talk.vtt", VTT) == [Line(1_000_000, 2_000_000, "Good & well", "Ana")]


def test_turns_of_speakers_have_no_words(tmp_path: Path) -> None:
    assert read(tmp_path, "talk.rttm", RTTM) == [
        Line(500_000, 1_750_000, "", "ana"),
        Line(2_000_000, 3_000_000, "", "ben"),
    ]


def test_lines_come_in_order_of_time(tmp_path: Path) -> None:
    late_first = "00:00:05,000 --> 00:00:06,000\nb\n\n00:00:01,000 --> 00:00:02,000\na\n"
    assert [line.text for line in read(tmp_path, "talk.srt", late_first)] == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.srt", "no subtitles at all\n", "there are no subtitles in it"),
        ("a.srt", "1\n00:xx --> 00:00:02,000\nhi\n", "line 2: this is no time of a subtitle"),
        ("a.vtt", "WEBVTT\n\n00:05.000 --> 00:02.000\nhi\n", "line 3: this subtitle ends before it begins"),
        ("a.rttm", "SPEAKER talk 1 now 1.25 <NA> <NA> ana\n", "line 1: this is no turn of a speaker"),
        ("a.rttm", "SPEAKER talk 1 nan 1.25 <NA> <NA> ana\n", "line 1: this is no turn of a speaker"),
    ],
)
def test_what_is_no_transcript_is_told_in_one_sentence(tmp_path: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read(tmp_path, name, text)


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "a.srt", "") == []
    assert read(tmp_path, "a.vtt", "WEBVTT\n") == []


def test_other_peoples_turns_are_read(shared: Path) -> None:
    assert read_transcript(shared / "data/audio/diarization/sample.rttm")
