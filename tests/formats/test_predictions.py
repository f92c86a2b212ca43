"""Files of predictions: JSON lines and tables of answers, and everything that can be imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annodesk import formats
from annodesk.errors import FormatError
from annodesk.formats.base import Document
from annodesk.formats.predictions import read_predictions
from annodesk.model.annotations import Answer, Origin, OriginKind, Segment, Span, Suggestion, answer_id


def lines(folder: Path, *bodies: Any) -> Path:
    path = folder / "model.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in bodies), encoding="utf-8")
    return path


def table(folder: Path, text: str) -> Path:
    path = folder / "model.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_answer_a_line_with_its_probabilities(tmp_path: Path) -> None:
    path = lines(
        tmp_path,
        {"item": "a", "question": "format", "label": "news", "probability": 0.8},
        {"item": "b", "question": "format", "probabilities": {"news": 0.3, "talk": 0.7}},
        {"item": "b", "question": "topics", "labels": ["sport", "art"]},
        {"item": "c", "answers": {"format": "talk", "stars": 3.5}},
        {"item": "d"},
    )
    a, b, c, d = read_predictions(path)
    (one,) = a.answers
    assert (a.item, one.question, one.value) == ("a", "format", "news")
    assert one.origin.suggestion is not None
    assert one.origin.suggestion.probability == 0.8
    format_of_b, topics = b.answers
    assert format_of_b.value == "talk"
    assert format_of_b.origin.suggestion is not None
    assert format_of_b.origin.suggestion.probability == 0.7
    assert topics.value == ("sport", "art")
    assert [one.value for one in c.answers] == ["talk", 3.5]
    assert (d.item, d.elements) == ("d", ())


def test_segments_and_spans_a_line(tmp_path: Path) -> None:
    mark = {"tier": "content", "start": 0.5, "end": 2.25, "label": "music", "probability": 0.6}
    path = lines(tmp_path, {"item": "a", "segments": [mark],
                            "spans": [{"type": "entity", "start": 3, "end": 9, "labels": ["artist"]}]})  # fmt: skip
    (found,) = read_predictions(path)
    segment, span = found.elements
    assert isinstance(segment, Segment)
    assert (segment.start_us, segment.end_us, segment.labels) == (500_000, 2_250_000, ("music",))
    assert segment.origin.suggestion is not None
    assert isinstance(span, Span)
    assert (span.type, span.start, span.end, span.labels) == ("entity", 3, 9, ("artist",))


def test_a_table_of_answers(tmp_path: Path) -> None:
    path = table(tmp_path, "item,label,probability,p:news,p:talk\na,news,0.9,0.9,0.1\nb,sport|art,,,\n")
    a, b = read_predictions(path, only_question="format")
    assert [one.value for one in (*a.answers, *b.answers)] == ["news", ("sport", "art")]
    assert a.answers[0].origin.suggestion is not None
    assert a.answers[0].origin.suggestion.probabilities == (("news", 0.9), ("talk", 0.1))
    assert b.answers[0].origin.suggestion is None


def test_a_table_of_segments_and_our_own_format_are_read_as_ever(tmp_path: Path) -> None:
    (found,) = read_predictions(table(tmp_path, "item,tier,start,end,label,probability\na,content,0,1,music,0.7\n"))
    assert found.segments[0].attributes == {"probability": "0.7"}
    own = tmp_path / "own.jsonl"
    told = Origin(OriginKind.MODEL, suggestion=Suggestion(0.5, "", "", "", 0))
    written = Document((Answer(answer_id("format"), "format", "news", origin=told),), item="a")
    formats.write([written], own, "native")
    (read,) = read_predictions(own)
    assert formats.same(read, written)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"label": "news"}, "no item is named"),
        ({"item": "a", "label": "news"}, "no question is named"),
        ({"item": "a", "question": "q", "label": "x", "probability": 1.5}, "not from 0 to 1"),
        ({"item": "a", "question": "q", "label": "x", "probability": "high"}, "not a number"),
        ({"item": "a", "question": "q", "label": {"x": 1}}, "not a label"),
        ({"item": "a", "question": "q", "value": True}, "not a label"),
        ({"item": "a", "answers": ["x"]}, "answers is not an object"),
        ({"item": "a", "segments": [{"start": 2, "end": 1}]}, "ends before it starts"),
        ({"item": "a", "segments": [{"start": "x", "end": 1}]}, "not seconds"),
        ({"item": "a", "segments": {"start": 0}}, "segments is not a list"),
        ({"item": "a", "segments": [7]}, "is not an object"),
        ({"item": "a", "spans": [{"start": -1, "end": 1}]}, "not places of a text"),
        ({"item": "a", "question": "q", "probabilities": [1, 2]}, "probabilities is not an object"),
        ([1, 2], "not a JSON object"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, body: Any, what: str) -> None:
    with pytest.raises(FormatError, match=what) as error:
        read_predictions(lines(tmp_path, {"item": "a"}, body))
    assert "line 2" in str(error.value)


@pytest.mark.parametrize("text", ['{"item": "a"}\n{"item": ', '{"item": NaN, "label": ]\n', '{"item"'])
def test_what_is_no_json_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match="not JSON"):
        read_predictions(path)


@pytest.mark.parametrize(
    "text", ["", "hello", "item,label\na,news\na,talk\n", 'item,label\n"a,news', "item,label,label\na,b,c\n"]
)
def test_a_bad_table_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FormatError):
        read_predictions(table(tmp_path, text), only_question="format")
