"""Our own JSON lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annodesk import formats
from annodesk.errors import FormatError
from annodesk.formats import Document, TierInfo
from annodesk.model.annotations import Answer, Origin, OriginKind, Relation, Segment, Span, Suggestion, UnknownElement
from annodesk.model.schema import TierKind, TierRule

DOCUMENT = Document(
    (
        Segment("a", "content", 0, 1_500_000, ("speech", "music"), "hi", {"mood": [1, None]}, None, 1, 80.5, 4000.0),
        Segment(
            "b", "beats", 5, 5, parent="a", origin=Origin(OriginKind.BULK, "m", Suggestion(0.9, "ab", "t", "p", 1))
        ),
        Span("c", "text", "entity", 3, 9, ("artist",)),
        Answer("answer:policy:item", "policy", ("none",)),
        Answer("answer:stars:item", "stars", 4),
        Relation("d", "mentions", "a", "c"),
        UnknownElement("e", {"kind": "polygon", "points": [[0, 1], [2, 3]]}),
    ),
    (TierInfo("content"), TierInfo("beats", TierKind.POINT, "content", TierRule.INCLUDED_IN)),
    "talk.wav",
    "Ann",
    60_000_000,
    "pod-1",
    {"market": "br"},
    {"elan": {"tiers": {}}},
)
HEADER = '{"annodesk": "annotations", "version": 1}\n'
ITEM = '{"annodesk": "document", "elements": 1, "tiers": []}\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "a.jsonl"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_is_given_back_and_nothing_is_lost(tmp_path: Path) -> None:
    empty = Document(item="pod-2")
    formats.write((DOCUMENT, empty), tmp_path / "a.jsonl")
    assert formats.read(tmp_path / "a.jsonl").documents == (DOCUMENT, empty)
    assert formats.losses((DOCUMENT, empty), "native") == []


def test_a_file_is_a_header_a_line_per_item_and_a_line_per_element(tmp_path: Path) -> None:
    formats.write(Document((Segment("a", "t", 0, 5),), item="x"), tmp_path / "a.jsonl")
    assert (tmp_path / "a.jsonl").read_text() == (
        HEADER
        + '{"annodesk": "document", "elements": 1, "item": "x", "tiers": []}\n'
        + '{"kind": "segment", "id": "a", "tier": "t", "start_us": 0, "end_us": 5}\n'
    )


def segment(**values: object) -> str:
    return json.dumps({"kind": "segment", "id": "a", "tier": "t", "start_us": 0, "end_us": 5} | values) + "\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEADER + ITEM, "line 2: the file is not whole: 1 elements too few"),
        (HEADER + ITEM + segment() + segment(id="b"), "line 2: the file is not whole: 1 elements too many"),
        (HEADER + ITEM + '{"kind": "segm', "line 3: this line is not JSON"),
        (HEADER + ITEM + "[" * 100_000, "line 3: this line is not JSON"),
        (HEADER + ITEM + "[1]", "line 3: this line is not a JSON object"),
        (HEADER + ITEM + '{"id": NaN}', "NaN is not a JSON number"),
        (HEADER + ITEM + '{"id": ' + "9" * 5000 + "}", "line 3: this line is not JSON"),
        (HEADER + segment(), "line 2: an element stands before the line of its document"),
        (HEADER + ITEM + segment(end_us=-5), "line 3: the segment lasts from 0 to -5 us"),
        (HEADER + ITEM + segment(end_us=5.5), "end_us is 5.5, expected a whole number"),
        (HEADER + ITEM + segment(labels="speech"), "labels is 'speech'"),
        (HEADER + ITEM + segment(low_hz=10**400), "low_hz is 1000"),
        (HEADER + ITEM + segment(id=5), "an element has no id"),
        (HEADER + ITEM + segment(origin={"kind": "luck"}), "'luck' is not a valid OriginKind"),
        (HEADER + ITEM.replace("[]", "[1]"), "line 2: its tiers cannot be understood"),
        (HEADER + ITEM.replace("[]", '[], "duration_us": -1'), "line 2: duration_us is '-1'"),
        ('{"annodesk": "annotations", "version": 2}\n', "it has format version 2, and this annodesk reads up to 1"),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        formats.read(write(tmp_path, text))
    assert words in caught.value.sentence
    assert caught.value.hint


def test_lenient_reading_keeps_the_sound_elements(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + ITEM + segment() + segment(id="b", end_us=-1) + segment() + "{\n" + segment(id="c"))
    result = formats.read(path, lenient=True)
    assert [e.id for e in result.document.elements] == ["a", "c"]
    assert [s.line for s in result.skipped] == [4, 5, 6]


def test_values_that_json_has_not_are_named_as_losses(tmp_path: Path) -> None:
    odd = Segment("a", "t", 0, 5, attributes={"x": float("nan"), "y": (1, 2)})
    late = Segment("b", "t", 5, 0)
    document = Document((odd, late))
    assert formats.losses(document, "native") == [
        "1 segment is left out, because no recording has their times.",
        "1 element is written with values changed to what JSON can hold.",
    ]
    formats.write(document, tmp_path / "a.jsonl")
    (again,) = formats.read(tmp_path / "a.jsonl").document.segments
    assert again.attributes == {"x": None, "y": [1, 2]}
