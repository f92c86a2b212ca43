"""Tables: CSV and TSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk import formats
from annodesk.errors import FormatError
from annodesk.formats import Document, TierInfo
from annodesk.model.annotations import Segment
from annodesk.model.schema import TierKind

TABLE = (
    "item,annotator,tier,start,end,label,text,low_hz,labels,attributes,id\r\n"
    'pod-1,Ann,content,0.000000,1.500000,speech,"=1+1, ""hi""",,,"{""note"": 1}",a\r\n'
    'pod-1,Ann,content,1.500000,2.000001,a|b|c,,100.5,"[""a|b"", ""c""]",,b\r\n'
    "pod-2,,beats,3.000000,3.000000,,,,,,c\r\n"
)
DOCUMENTS = (
    Document(
        (
            Segment("a", "content", 0, 1_500_000, ("speech",), '=1+1, "hi"', {"note": 1}),
            Segment("b", "content", 1_500_000, 2_000_001, ("a|b", "c"), low_hz=100.5),
        ),
        (TierInfo("content"),),
        author="Ann",
        item="pod-1",
    ),
    Document((Segment("c", "beats", 3_000_000, 3_000_000),), (TierInfo("beats", TierKind.POINT),), item="pod-2"),
)


def test_several_items_are_written_into_one_table(tmp_path: Path) -> None:
    formats.write(DOCUMENTS, tmp_path / "all.csv")
    assert (tmp_path / "all.csv").read_bytes().decode() == TABLE
    assert formats.losses(DOCUMENTS, "csv") == []


def test_a_table_is_read_item_by_item_with_all_values(tmp_path: Path) -> None:
    (tmp_path / "all.csv").write_bytes(TABLE.encode())
    assert formats.read(tmp_path / "all.csv").documents == DOCUMENTS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_of_spreadsheets_are_understood(encoding: str, delimiter: str, tmp_path: Path) -> None:
    seconds = "0,5" if delimiter == ";" else "0.5"
    rows = [["Onset", "Offset", "Label", "Mood"], ["0", seconds, "höchst", "calm"]]
    path = tmp_path / "a.csv"
    path.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    (segment,) = formats.read(path).document.segments
    assert (segment.end_us, segment.labels, segment.attributes) == (500_000, ("höchst",), {"Mood": "calm"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("start,end,label\n2,1,x\n", "line 2: end '1' s is before start '2' s"),
        ("start,end,label\n1,nan,x\n", "line 2: 'nan' is not a time in seconds"),
        ("start,end,label\n,1,x\n", "line 2: the row has no start"),
        ("start,end,label\n1,2,x,y\n", "line 2: the row has 4 cells, and the header 3"),
        ('start,end,label\n1,2,"x\n1,2,y\n', "line 2: the row cannot be read: unexpected end of data"),
        ("start,end,attributes\n1,2,{\n", "line 2: attributes is '{', not JSON"),
        ("start,end,channel\n1,2,left\n", "line 2: channel is 'left', not a number"),
        ("start,end,id\n1,2,x\n1,2,x\n", "line 3: the id 'x' stands twice for one item"),
        ("start,onset,end\n1,2,x\n", "line 1: two of its columns, 'start' and 'onset', could be the same"),
        ("text,label\nx,y\n", "line 1: its first line names no columns for start and end: 'text,label'"),
        ("", "line 1: it is empty"),
    ],
)
def test_a_bad_table_is_refused_with_its_line(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(FormatError) as caught:
        formats.read(tmp_path / "a.csv")
    assert words in caught.value.sentence


def test_the_losses_name_what_a_table_of_segments_cannot_hold() -> None:
    document = Document((Segment("a", "t", 0, 0),), (TierInfo("t"), TierInfo("u")), "a.wav", duration_us=1)
    assert formats.losses(document, "csv") == [
        "1 empty tier is not kept.",
        "The name of the recording is not kept.",
        "The length of the recording is not kept.",
        "1 tier is of the other kind (interval, point) when read again, judged by its segments.",
    ]


def test_a_real_table_keeps_its_unknown_columns_and_items(shared: Path) -> None:
    result = formats.read(shared / "data/annotations/csv/crowsetta_bird1.csv")
    first = result.documents[0]
    assert first.item == "lbr3009_0005_2017_04_27_06_14_46.wav"
    assert (first.segments[0].start_us, first.segments[0].end_us) == (2976, 141_504)
    assert first.segments[0].labels == ("1",)
    assert first.segments[0].attributes["sequence"] == "0"
    assert sum(len(d.segments) for d in result.documents) == 151


@pytest.mark.parametrize("said", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "'=1+1"])
def test_what_a_spreadsheet_would_calculate_comes_back_unchanged(said: str, tmp_path: Path) -> None:
    """docs/decisions/0015"""
    document = Document((Segment("a", "content", 0, 5, (said,), said),), item=said, author=said)
    formats.write(document, tmp_path / "a.csv")
    (found,) = formats.read(tmp_path / "a.csv").documents
    (segment,) = found.segments
    assert (segment.labels, segment.text, found.item, found.author) == ((said,), said, said, said)


def test_a_column_called_outcome_of_another_tool_is_kept_as_an_attribute(tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text("item,tier,start,end,label,outcome\na,t,0,1,x,correct\n", encoding="utf-8")
    (segment,) = formats.read(path).document.segments
    assert dict(segment.attributes) == {"outcome": "correct"}


def test_a_ruling_that_cannot_be_read_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text("item,tier,start,end,outcome,ruled\na,t,0,1,several,{\n", encoding="utf-8")
    with pytest.raises(FormatError, match="2"):
        formats.read(path)
    assert formats.read(path, lenient=True).document.elements == ()
