"""Attributes that tiers declare, and segments with several labels."""

from __future__ import annotations

from typing import Any

import pytest

from annodesk.errors import ProjectError
from annodesk.model import edits
from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.project_file import parse_project
from annodesk.model.project_write import write_project
from annodesk.model.rules import element_problems
from annodesk.model.schema import Attribute, AttributeKind

TOML = """
name = "p"
[[tier]]
name = "word"
labels = ["a", "b"]
many_labels = true
attributes = [
  { name = "speaker", kind = "choice", values = ["Ann", "Ben"] },
  { name = "pitch", kind = "number", description = "in Hz" },
  { name = "note" },
]
"""


def test_attributes_are_read_and_written_back_as_they_were() -> None:
    project = parse_project(TOML)
    tier = project.schema.tier("word")
    assert tier.many_labels
    assert tier.attributes == (
        Attribute("speaker", AttributeKind.CHOICE, ("Ann", "Ben")),
        Attribute("pitch", AttributeKind.NUMBER, description="in Hz"),
        Attribute("note"),
    )
    assert parse_project(write_project(project)) == project


@pytest.mark.parametrize(
    ("attributes", "key", "what"),
    [
        ('[{ name = "x" }, { name = "x" }]', r"tier\[1\].attributes", "'x' stands twice"),
        ('[{ name = "x", kind = "choice" }]', r"tier\[1\].attributes", "'x' needs values"),
        ('[{ name = "x", values = ["a"] }]', r"tier\[1\].attributes", "is no choice"),
        (
            '[{ name = "x", kind = "colour" }]',
            r"tier\[1\].attributes\[1\].kind",
            "must be 'text' or 'choice' or 'number', not 'colour'",
        ),
        ('[{ name = "x", colour = "a" }]', r"tier\[1\].attributes\[1\].colour", "not a known key"),
    ],
)
def test_what_is_wrong_with_attributes_is_told_with_line_and_key(attributes: str, key: str, what: str) -> None:
    text = f'name = "p"\n[[tier]]\nname = "word"\nattributes = {attributes}\n'
    with pytest.raises(ProjectError, match=f"(?s)4.*{key}.*{what}"):
        parse_project(text)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("speaker", "Ann", ""),
        ("speaker", "Cleo", "speaker has no value 'Cleo'."),
        ("pitch", 440.5, ""),
        ("pitch", "high", "pitch takes a number, not 'high'."),
        ("pitch", True, "pitch takes a number, not True."),
        ("note", "so", ""),
        ("note", 3, "note takes a text, not 3."),
        ("elan:CVE_REF", 3, ""),
    ],
)
def test_a_value_that_the_tier_does_not_allow_is_refused(name: str, value: Any, sentence: str) -> None:
    schema = parse_project(TOML).schema
    problems = element_problems(schema, Segment("s", "word", 0, 10, ("a",), attributes={name: value}))
    assert [p.sentence.split(": ")[1] for p in problems] == ([sentence] if sentence else [])


SET = AnnotationSet(
    "set", elements=[Segment("x", "word", 0, 1, ("a",), attributes={"note": "n"}), Segment("y", "word", 1, 2, ("b",))]
)


def test_a_label_more_is_given_to_all_or_taken_from_all() -> None:
    after = SET.with_changes(edits.toggle_label(SET, ["x", "y"], "a").changes)
    assert [s.labels for s in after.segments()] == [("a",), ("b", "a")]
    again = after.with_changes(edits.toggle_label(after, ["x", "y"], "a").changes)
    assert [s.labels for s in again.segments()] == [(), ("b",)]


def test_an_attribute_is_given_and_taken_away_and_others_stay() -> None:
    draft = edits.set_attribute(SET, ["x", "y"], "speaker", "Ann")
    after = SET.with_changes(draft.changes)
    assert [dict(s.attributes) for s in after.segments()] == [{"note": "n", "speaker": "Ann"}, {"speaker": "Ann"}]
    assert not edits.set_attribute(after, ["x"], "speaker", "Ann")
    bare = after.with_changes(edits.set_attribute(after, ["x", "y"], "speaker", None).changes)
    assert bare.digest() == SET.digest()
