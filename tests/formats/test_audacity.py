"""Audacity label tracks."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk import formats
from annodesk.errors import FormatError
from annodesk.formats import Document, same
from annodesk.model.annotations import Segment

TRACK = "0.594519\t1.053147\tcall\n\\\t3324.873047\t5152.28418\n2.000000\t2.000000\t\n"
DOCUMENT = Document(
    (
        Segment("s1", "", 594_519, 1_053_147, text="call", low_hz=3324.873047, high_hz=5152.28418),
        Segment("s2", "", 2_000_000, 2_000_000),
    )
)


def test_labels_points_and_frequencies_are_written_as_audacity_writes_them(tmp_path: Path) -> None:
    formats.write(DOCUMENT, tmp_path / "labels.txt")
    assert (tmp_path / "labels.txt").read_text() == TRACK
    assert formats.losses(DOCUMENT, "audacity") == []


def test_a_track_is_read_with_its_frequency_lines(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text(TRACK.replace("\n", "\r\n"))
    assert formats.read(tmp_path / "labels.txt").document == DOCUMENT


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1\t0.5\tx", "line 2: end '0.5' s is before start '1' s"),
        ("nan\t2\tx", "line 2: 'nan' is not a time in seconds"),
        ("-1\t2\tx", "line 2: '-1' s is before the start of the recording"),
        ("words", "line 2: expected a start, an end and a label with tabs between, found 'words'"),
        ("\\\tx\ty", "line 2: expected two frequencies"),
        ("\\\t1\tinf", "line 2: expected two frequencies"),
    ],
)
def test_a_bad_line_is_refused_and_skipped_when_reading_leniently(line: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text(f"0\t1\ta\n{line}\n3\t4\tb\n")
    with pytest.raises(FormatError) as caught:
        formats.read(path)
    assert words in caught.value.sentence
    result = formats.read(path, lenient=True)
    assert [s.text for s in result.document.segments] == ["a", "b"]
    assert [(s.file, s.line) for s in result.skipped] == [(str(path), 2)]


def test_a_file_of_bad_lines_is_refused_even_when_reading_leniently(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("0\t1\ta\n" + "x\n" * 2000)
    with pytest.raises(FormatError, match="more than 1000 places"):
        formats.read(tmp_path / "labels.txt", lenient=True)


def test_the_losses_name_tiers_line_breaks_and_labels() -> None:
    segments = (Segment("a", "content", 0, 1, ("x",)), Segment("b", "more", 0, 1, text="one\ttwo\nthree"))
    assert formats.losses(Document(segments), "audacity") == [
        "2 tier names are not kept: a label track has none.",
        "2 tiers are written into one label track.",
        "1 text with line breaks, tabs or broken characters is written with spaces and question marks.",
    ]


def test_every_real_track_is_read_whole_and_written_without_a_loss(shared: Path, tmp_path: Path) -> None:
    paths = sorted((shared / "data/annotations/audacity").glob("*.txt"))
    assert len(paths) == 16
    for path in paths:
        lines = [line for line in path.read_text().splitlines() if line.strip()]
        document = formats.read(path).document
        assert len(document.segments) == sum(not line.startswith("\\") for line in lines)
        assert sum(s.low_hz is not None for s in document.segments) == sum(line.startswith("\\") for line in lines)
        assert formats.losses(document, "audacity") == []
        formats.write(document, tmp_path / "again.txt")
        assert same(formats.read(tmp_path / "again.txt").document, document)
