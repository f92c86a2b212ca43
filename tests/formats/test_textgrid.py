"""Praat TextGrids: what the file says and what it cannot hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk import formats
from annodesk.errors import FormatError
from annodesk.formats import Document, TierInfo, same
from annodesk.model.annotations import Segment
from annodesk.model.schema import TierKind

LONG = '''File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 3.5
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "content"
        xmin = 0
        xmax = 3.5
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 1.000001
            text = ""
        intervals [2]:
            xmin = 1.000001
            xmax = 2.5
            text = "say ""hi"""
        intervals [3]:
            xmin = 2.5
            xmax = 3.5
            text = ""
    item [2]:
        class = "TextTier"
        name = "beats"
        xmin = 0
        xmax = 3.5
        points: size = 1
        points [1]:
            number = 0.25
            mark = ""
'''
SHORT = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n9\n<exists>\n1\n"IntervalTier"\n"t"\n0\n9\n2\n'
DOCUMENT = Document(
    (
        Segment("x", "content", 1_000_001, 2_500_000, text='say "hi"'),
        Segment("y", "beats", 250_000, 250_000),
    ),
    (TierInfo("content"), TierInfo("beats", TierKind.POINT)),
    duration_us=3_500_000,
)


def write(folder: Path, text: str) -> Path:
    path = folder / "a.TextGrid"
    path.write_bytes(text.encode())
    return path


def test_a_grid_is_written_in_the_long_form_with_gaps_filled(tmp_path: Path) -> None:
    formats.write(DOCUMENT, tmp_path / "a.TextGrid")
    assert (tmp_path / "a.TextGrid").read_text() == LONG
    assert formats.losses(DOCUMENT, "textgrid") == []


def test_a_long_grid_is_read_with_points_and_without_gaps(tmp_path: Path) -> None:
    assert same(formats.read(write(tmp_path, LONG)).document, DOCUMENT)


def test_the_short_form_holds_labels_that_look_like_the_format(tmp_path: Path) -> None:
    path = write(tmp_path, SHORT + '0\n4\n"say ""IntervalTier"" ! now"\n4\n9\n"item [2]:\n 5 <exists>"\n')
    texts = [s.text for s in formats.read(path).document.segments]
    assert texts == ['say "IntervalTier" ! now', "item [2]:\n 5 <exists>"]


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ('0\n4\n"a"\n4\n9\n', "line 17: the file ends where the text of entry 2 is expected"),
        ('0\n4\n"a"\n4\n9\n"b', "line 18: a quotation mark is opened and never closed"),
        ('-3\n4\n"a"\n4\n9\n"b"\n', "line 13: '-3' s is before the start of the recording"),
        ('nan\n4\n"a"\n4\n9\n"b"\n', "line 13: 'nan' is not a time in seconds"),
        ('5\n4\n"a"\n5\n9\n"b"\n', "line 13: end '4' s is before start '5' s"),
        ('0\n1e30\n"a"\n5\n9\n"b"\n', "line 13: '1e30' s is later than any recording"),
        ('0\n4\n"a"\n4\n9\n"b"\n"IntervalTier"\n', "line 19: there is more in it"),
    ],
)
def test_a_damaged_grid_is_refused_with_its_line(entries: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        formats.read(write(tmp_path, SHORT + entries))
    assert words in caught.value.sentence
    assert caught.value.hint


def test_lenient_reading_keeps_what_stands_before_the_damage(tmp_path: Path) -> None:
    result = formats.read(write(tmp_path, SHORT + '0\n4\n"a"\n4\n9\n'), lenient=True)
    assert [s.text for s in result.document.segments] == ["a"]
    assert [(s.line, "ends where" in s.reason) for s in result.skipped] == [(17, True)]


def test_a_binary_grid_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_bytes(b"ooBinaryFile\x08TextGrid\0\0\0")
    with pytest.raises(FormatError, match="binary TextGrid"):
        formats.read(path)


def test_overlapping_segments_go_to_a_tier_of_their_own_and_the_losses_say_so(tmp_path: Path) -> None:
    segments = (Segment("a", "t", 0, 5_000_000, text="one"), Segment("b", "t", 4_000_000, 6_000_000, text="two"))
    document = Document(segments, (TierInfo("t"),), duration_us=6_000_000)
    assert formats.losses(document, "textgrid") == [
        "1 segment that overlaps others is written on a tier of its own, 't (2)'."
    ]
    formats.write(document, tmp_path / "a.TextGrid")
    again = formats.read(tmp_path / "a.TextGrid").document
    assert [(s.tier, s.text) for s in again.segments] == [("t", "one"), ("t (2)", "two")]


def test_the_losses_name_each_thing_that_a_grid_cannot_hold() -> None:
    segments = (
        Segment("a", "t", 0, 1_000_000, ("x", "y"), "text", {"note": 1}, "b", 2, 100.0, 200.0),
        Segment("b", "t", 1_000_000, 2_000_000),
    )
    lost = formats.losses(Document(segments, (TierInfo("t"),), "a.wav", "Ann"), "textgrid")
    assert lost == [
        "1 segment with several labels is written as one text.",
        "1 segment with a label and a text is written as one text.",
        "1 attribute is not kept (note).",
        "1 link from a segment to its parent is not kept.",
        "1 channel number is not kept.",
        "1 frequency band is not kept.",
        "The name of the recording is not kept.",
        "The author's name is not kept.",
        "1 segment without text or length is left out: an interval tier shows it as a gap.",
        "The recording's length is not known; 1 s is written.",
    ]


def test_real_grids_of_both_forms_and_encodings_hold_the_same(shared: Path) -> None:
    folder = shared / "data/annotations/textgrid"
    short = formats.read(folder / "mary.TextGrid").document
    assert same(short, formats.read(folder / "mary_longfile.TextGrid").document)
    assert same(short, formats.read(folder / "mary_with_negative_zero.TextGrid").document)
    assert [t.name for t in short.tiers] == ["phone", "word", "pitch"]
    assert short.segments[0].text == "m"


def test_real_labels_keep_their_line_breaks_and_quotation_marks(shared: Path) -> None:
    document = formats.read(shared / "data/annotations/textgrid/bobby_words_with_newlines.TextGrid").document
    assert document.tiers[0].name == '"word"'
    assert [s.text for s in document.segments[:2]] == ['"""BOBBY"""\nNoun', "RIPPED\nVerb"]


def test_tiers_of_one_name_are_refused_or_renamed_and_none_is_lost(shared: Path) -> None:
    path = shared / "data/annotations/textgrid/all_tiers_have_the_same_name.TextGrid"
    with pytest.raises(FormatError, match="line 29: two tiers are called 'Mary'"):
        formats.read(path)
    result = formats.read(path, lenient=True)
    assert [t.name for t in result.document.tiers] == ["Mary", "Mary_2", "Mary_3"]
    assert len(result.skipped) == 2


def test_empty_real_tiers_are_kept(shared: Path) -> None:
    document = formats.read(shared / "data/annotations/textgrid/empty_textgrid.TextGrid").document
    assert [(t.name, t.kind) for t in document.tiers] == [("words", TierKind.INTERVAL), ("maxF0", TierKind.POINT)]
    assert document.segments == []


def test_praatio_reads_from_our_files_what_we_read_from_its(shared: Path, tmp_path: Path) -> None:
    from praatio import textgrid as praatio

    for path in sorted((shared / "data/annotations/textgrid").glob("*.TextGrid")):
        ours = formats.read(path, lenient=True).document
        formats.write(ours, tmp_path / "a.TextGrid")
        theirs = praatio.openTextgrid(str(tmp_path / "a.TextGrid"), includeEmptyIntervals=False)
        assert theirs.tierNames == tuple(t.name for t in ours.tiers)
        for name in theirs.tierNames:
            tier = theirs.getTier(name)
            entries = [(round(float(e[0]) * 1e6), e[-1]) for e in tier.entries]
            if tier.tierType == "TextTier":  # of points it leaves quotation marks doubled
                entries = [(start_us, text.replace('""', '"')) for start_us, text in entries]
            assert entries == [(s.start_us, s.text) for s in ours.segments if s.tier == name]
