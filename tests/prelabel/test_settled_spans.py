"""Stretches of new texts are proposed by what is marked in settled ones, and never by what must not tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from annodesk.prelabel.combine import ENOUGH, NO_DOUBT, NOT_ENOUGH
from annodesk.prelabel.examples import Place, key_of_words
from annodesk.prelabel.settled_spans import LikelySpan, SettledSpans, SettledText
from annodesk.prelabel.span_words import UNCLEAR, Memory, Stretch, read

ARTISTS = ("Mara Quill", "Otis Fenn", "Ida Brook", "Jon Vale", "Lena Marsh", "Theo Pike")
PLACES = ("Leith", "Bergen", "Lisbon", "Porto", "Malmo", "Ghent")
WAYS = (
    "Today we talk to {artist} about the tour.",
    "They came by train from {place} this morning.",
    "A new song by {artist} was written near {place} in spring.",
    "It rained and nobody came, so we went home.",
    "In {place} the hall was full, and {artist} played twice.",
)


def made(number: int, artist: str, place: str) -> tuple[str, tuple[Stretch, ...]]:
    text = f"{number}. " + WAYS[number % len(WAYS)].format(artist=artist, place=place)
    found = [(artist, "artist"), (place, "place")]
    marked = [Stretch(at, at + len(words), (label,)) for words, label in found if (at := text.find(words)) >= 0]
    return text, tuple(sorted(marked))


def settled(number: int, text: str, marked: Sequence[Stretch], *, is_independent: bool = True) -> SettledText:
    place = Place(frozenset({f"item:{number}", key_of_words(text)}), words=text)
    return SettledText(place, tuple(marked), independent=tuple(marked) if is_independent else None)


def corpus(count: int, *, is_independent: bool = True) -> list[SettledText]:
    pairs = list(product(ARTISTS[:-1], PLACES[:-1]))
    return [
        settled(n, *made(n, *pairs[n * 7 % len(pairs)]), is_independent=is_independent) for n in range(count)
    ]  # fmt: skip


def learnt(texts: Sequence[SettledText]) -> SettledSpans:
    spans = SettledSpans(texts)
    spans.learn()
    return spans


def said(text: str, found: Sequence[LikelySpan]) -> list[tuple[str, tuple[str, ...]]]:
    return [(text[one.start : one.end], one.labels) for one in found]


@pytest.fixture(scope="module")
def many() -> SettledSpans:
    return learnt(corpus(3 * ENOUGH))


def test_names_that_were_marked_before_are_proposed_with_their_label(many: SettledSpans) -> None:
    text = "At last in Leith a second song was played by Otis Fenn for us."
    found = many.find(Place(frozenset({"item:new"}), words=text))
    assert said(text, found) == [("Leith", ("place",)), ("Otis Fenn", ("artist",))]
    assert all(0.5 <= one.probability < 1 for one in found)


def test_a_name_nobody_has_marked_is_told_by_its_capitals_and_the_words_beside_it(many: SettledSpans) -> None:
    text = "90. Today we talk to Theo Pike about the tour."
    assert said(text, many.find(Place(frozenset({"item:new"}), words=text))) == [("Theo Pike", ("artist",))]


def test_what_looks_like_nothing_that_was_marked_is_left_alone(many: SettledSpans) -> None:
    assert many.find(Place(frozenset({"item:new"}), words="It rained and nobody came, so we stayed.")) == []
    assert many.find(Place(frozenset({"item:new"}), words="")) == []


def test_its_worth_is_told_from_texts_that_had_no_part_in_it(many: SettledSpans) -> None:
    judged = many.judged
    assert judged is not None
    assert 0.8 * judged.marked <= judged.right <= judged.proposed <= judged.looked_at
    assert judged.told <= max(judged.guessed, NO_DOUBT)
    assert many.sentence.startswith(f"from {3 * ENOUGH} independent texts: {judged.right} of {judged.marked}")


def test_below_twenty_independent_texts_nothing_is_proposed() -> None:
    few = learnt(corpus(ENOUGH - 1))
    assert few.sentence == f"{NOT_ENOUGH}: {ENOUGH - 1} of {ENOUGH} independent texts"
    assert not few.can_tell
    assert few.find(Place(frozenset({"item:new"}), words="Today we talk to Otis Fenn about the tour.")) == []
    aided = learnt(corpus(3 * ENOUGH, is_independent=False))
    assert not aided.can_tell, "what was marked with suggestions in view vouches for nothing"


def test_copies_of_one_text_are_one_witness() -> None:
    text, marked = made(0, ARTISTS[0], PLACES[0])
    copies = [settled(n, text, marked) for n in range(2 * ENOUGH)]
    assert learnt(copies).independent == 1
    assert not learnt(copies).can_tell


def test_marks_drawn_by_lot_are_not_followed() -> None:
    rng, texts = np.random.default_rng(5), []
    words = ["some", "of", "these", "small", "words", "were", "taken", "by", "the", "fall", "of", "dice"]
    for n in range(3 * ENOUGH):
        drawn = [str(word) for word in rng.permutation(words)]
        text = " ".join(drawn)
        at = text.find(drawn[3])
        texts.append(settled(n, text, [Stretch(at, at + len(drawn[3]), (str(rng.choice(["a", "b"])),))]))
    lot = learnt(texts)
    assert lot.judged is not None
    assert not lot.can_tell


def test_an_item_is_told_nothing_by_itself_its_copies_or_texts_that_say_the_same() -> None:
    own, text = "otterby wharf", "so it was otterby wharf and nothing else"
    marked = [Stretch(text.find(own), text.find(own) + len(own), ("place",))]
    copies = [settled(900 + n, text.upper() if n % 2 else text, marked) for n in range(8)]
    spans = learnt([*corpus(2 * ENOUGH), *copies])
    other = "Then so it was otterby wharf and not much else"
    assert (own, ("place",)) in said(other, spans.find(Place(frozenset({"item:new"}), words=other)))
    assert spans.find(Place(frozenset({"item:900"}), words=other)) == [], "the item itself"
    assert spans.find(Place(frozenset({"item:new", key_of_words(text)}), words=text)) == [], "the same words"


def test_words_are_remembered_as_written_and_by_how_often_they_were_marked() -> None:
    marked = [
        read("We met Rose there", [Stretch(7, 11, ("artist",))]),
        read("Rose sings", [Stretch(0, 4, ("artist",))]),
    ]
    plain = [read("a rose is red"), read("Rose again")]
    memory = Memory([*marked, *plain], [0, 1, 2, 3], [("artist",)])
    twice_of_three = float(np.log(2.5 / 1.5))
    assert memory.of_words(read("for Rose"))[1].tolist() == pytest.approx([1.0, twice_of_three, 0.0, 0.0])
    assert not memory.of_words(read("a rose")).any()
    without_one = memory.of_words(marked[0], family=0)[2, 1]
    assert without_one == pytest.approx(float(np.log(1.5 / 1.5))), "marked once of two others"


def test_where_it_is_unclear_what_is_marked_nothing_is_learnt() -> None:
    one = read("by Otis Fenn in Leith", [Stretch(3, 7, ("artist",)), Stretch(16, 19, ("place",))], [(8, 12)])
    assert [one.words[k] for k in np.flatnonzero(one.marks == UNCLEAR)] == ["Fenn", "Leith"]
    assert [run.labels for run in one.runs] == [("artist",)]
