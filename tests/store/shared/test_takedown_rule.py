"""What is left of a record once it is taken down is the same in SQL as in Python, to the byte and to the digest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annodesk.model.annotations import AnnotationSet, element_from_json
from annodesk.model.takedown import blank_edit, blank_element, words_of
from annodesk.store.checked import to_json
from tests.team import Team

FILES = """
[[tier]]
name = "content"
labels = [ { name = "speech", key = "1" }, { name = 'mús"ic' } ]
[[question]]
labels = ["violence", "a \\"quoted\\" one"]
"""
SECRET = "what nobody may read again"

WORDS = st.sampled_from(["speech", 'mús"ic', 'a "quoted" one', "not sure", "checked, none", "A", "own", "content", ""])
TEXTS = WORDS | st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = TEXTS | NUMBERS | st.booleans() | st.none()
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
SEGMENTS = ("id", "kind", "tier", "start_us", "end_us", "labels", "text", "attributes", "parent", "channel", "low_hz")
OTHERS = ("high_hz", "origin", "asset", "type", "start", "end", "question", "value", "target", "source", "surprise")
NAMES = st.sampled_from((*SEGMENTS, *OTHERS))
ORIGINS = st.dictionaries(
    st.sampled_from(["kind", "source", "suggestion", "why"]),
    SCALARS
    | st.dictionaries(
        st.sampled_from(["probability", "seed", "model_name", "engine_version", "probabilities", "prompt"]),
        SCALARS | st.lists(st.tuples(TEXTS, NUMBERS).map(list), max_size=2),
    ),
)
ELEMENTS = st.dictionaries(NAMES, ANYTHING).flatmap(
    lambda made: st.builds(
        lambda origin, question: {**made, **({"origin": origin} if origin else {}), "question": question},
        ORIGINS | st.none(),
        st.sampled_from(["ruling", "suggestion", "policy"]),
    )
)
EDITS = st.fixed_dictionaries(
    {"verb": ANYTHING, "changes": st.lists(
        st.fixed_dictionaries({"before": st.none() | ELEMENTS, "after": st.none() | ELEMENTS}), max_size=3)
        | ANYTHING},
    optional={"note": ANYTHING, "resolves": ANYTHING, "handed_in": SCALARS},
)  # fmt: skip


@pytest.fixture(scope="module")
def db(team: Team) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with team.administrator() as made:
        yield made


def of_the_server(db: psycopg.Connection[tuple[Any, ...]], call: str, *values: Any) -> str:
    return str(db.execute(f"select annodesk.{call}".encode(), values).fetchone()[0])  # type: ignore[index]


@settings(max_examples=300, deadline=None)
@given(body=EDITS, number=st.sampled_from([1, 1, 1, 2]))
def test_an_edit_is_left_alike(db: psycopg.Connection[tuple[Any, ...]], body: Any, number: int) -> None:
    here = to_json(blank_edit(body, number, words_of(FILES)))
    there = of_the_server(db, "blank_edit(%s::json, %s, %s)::text", to_json(body), number, FILES)
    assert there == here
    assert to_json(blank_edit(json.loads(here), number, words_of(FILES))) == here


@settings(max_examples=200, deadline=None)
@given(element=ELEMENTS)
def test_an_element_is_left_alike_however_it_was_written(db: psycopg.Connection[tuple[Any, ...]], element: Any) -> None:
    here = to_json(blank_element(element, words_of(FILES)))
    for written in (to_json(element), json.dumps(element, indent=1)):
        assert of_the_server(db, "blank_element(%s::json, %s)", written, FILES) == here


SEGMENT = {
    "kind": "segment", "id": "s1", "tier": "content", "start_us": 0, "end_us": 10, "labels": ["speech"],
    "text": SECRET, "attributes": {"content": 3, SECRET: 4, "speech": SECRET}, "low_hz": 0.1,
    "origin": {"kind": "suggestion", "source": "m1", "suggestion": {
        "probability": 0.25, "model_sha256": "ab", "model_name": "m", "prompt_version": "1", "seed": 1,
        "probabilities": [["speech", 1e-07]]}},
}  # fmt: skip
ANSWER = {"kind": "answer", "id": "answer:policy:item", "question": "policy", "value": ["violence", SECRET]}
WORDS_SAID = {"kind": "answer", "id": "answer:why:item", "question": "why", "value": SECRET}
STRANGE = {"kind": "hologram", "id": "h", "caption": SECRET, "labels": ["speech"], "start_us": 4}
SAID = [{"votes": 1, "pieces": [[0, 1, ["speech"], SECRET]]}]
OUTCOME = {
    "kind": "answer", "id": "answer:ruling:p", "question": "ruling", "target": "p",
    "value": {"outcome": "excluded", "reason": SECRET, "alternatives": SAID},
}  # fmt: skip
ELEMENTS_OF_A_SET = [SEGMENT, ANSWER, WORDS_SAID, STRANGE, OUTCOME]


def test_labels_times_and_numbers_stay_and_nothing_of_the_content() -> None:
    left = [blank_element(one, words_of(FILES)) for one in ELEMENTS_OF_A_SET]
    assert SECRET not in to_json(left)
    assert left[0]["labels"] == ["speech"]
    assert left[0]["attributes"] == {"content": 3}
    assert left[0]["origin"]["suggestion"]["probabilities"] == [["speech", 1e-07]]
    assert left[1]["value"] == ["violence"]
    assert left[2]["value"] == left[4]["value"] == ""
    assert left[3] == {"kind": "hologram", "id": "h", "labels": ["speech"], "start_us": 4}


def test_the_server_counts_the_digest_that_workstations_count(db: psycopg.Connection[tuple[Any, ...]]) -> None:
    blank = [element_from_json(blank_element(one, words_of(FILES))) for one in ELEMENTS_OF_A_SET]
    whole = AnnotationSet("s", elements=map(element_from_json, ELEMENTS_OF_A_SET))
    body = to_json({"elements": whole.to_json(), "author": "model"})
    there = of_the_server(db, "digest_of(annodesk.blank_set(%s::json, %s))", body, FILES)
    assert there == AnnotationSet("s", elements=blank).digest()


@pytest.mark.parametrize(
    "body", ['{"changes": [{"before": null, "after": {"id": "a", "value": "\\u0000"}}]}', "[]", "3"]
)
def test_what_a_stranger_wrote_keeps_nothing_from_being_blanked(
    db: psycopg.Connection[tuple[Any, ...]], body: str
) -> None:
    assert "purged" in of_the_server(db, "blank_edit(%s::json, 1, %s)::text", body, FILES)
