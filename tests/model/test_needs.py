"""Skills as people write them, and what an item asks for in one place or another."""

from __future__ import annotations

from annodesk.model.needs import needs_of, needs_words, read_needs, together
from annodesk.model.schema import Label, LabelSchema, Question, Tier
from annodesk.model.work import Skill


def test_skills_are_read_as_they_are_written() -> None:
    found = read_needs("medical:2, legal; two words : 9 |")
    assert found == (Skill("medical", 2), Skill("legal"), Skill("two words", 5))
    assert needs_words(found) == "medical:2, legal, two words:5"
    assert read_needs(needs_words(found)) == found
    assert read_needs("") == read_needs(None) == ()


def test_what_is_asked_for_twice_is_asked_for_at_its_highest_level() -> None:
    own = needs_of({"language": "pt", "needs": "medical"})
    assert together(own, (Skill("medical", 3),)) == (Skill("pt"), Skill("medical", 3))


def test_the_groups_of_a_schema_are_those_its_labels_name() -> None:
    tier = Tier("content", labels=(Label("dose", group="medical"), Label("music")))
    question = Question("about", labels=(Label("ward", group="medical"), Label("contract", group="legal")))
    assert LabelSchema((tier,), (question,)).groups() == {"medical": ("dose", "ward"), "legal": ("contract",)}
