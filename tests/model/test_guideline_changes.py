"""What is different between two versions, for whoever labels."""

from __future__ import annotations

from annodesk.model.guideline_changes import ClauseChange, change_between
from annodesk.model.schema import Label, LabelSchema, Tier

BEFORE = "Intro.\n# 1 Adverts\nHost-read is advert.\nJingles are music.\n# 2 Music\nSongs.\n# 3 Gone\n"
AFTER = "Intro.\n# 1 Advertisements\nHost-read is advert.\nJingles are advert.\n# 2 Music\nSongs.\n# 4 New\nNoise.\n"


def schema(*labels: Label) -> LabelSchema:
    return LabelSchema(tiers=(Tier("content", labels=labels),))


def changed(before: str = BEFORE, after: str = AFTER, *schemas: LabelSchema) -> list[ClauseChange]:
    one, other = schemas or (LabelSchema(), LabelSchema())
    return list(change_between(1, before, one, 2, after, other).clauses)


def test_clauses_are_told_by_what_went_and_what_came() -> None:
    assert changed() == [
        ClauseChange("1 Advertisements", ("Jingles are music.",), ("Jingles are advert.",)),
        ClauseChange("4 New", (), ("Noise.",)),
        ClauseChange("3 Gone", ("3 Gone",), ()),
    ]
    assert [one.kind for one in changed()] == ["changed", "new", "gone"]


def test_what_is_only_laid_out_otherwise_is_no_change() -> None:
    assert changed(BEFORE, BEFORE.replace("\n", "\n\n")) == []


def test_a_text_of_a_hundred_thousand_lines_is_told_soon() -> None:
    long = "# 1\n" + "\n".join(f"line {n}" for n in range(100_000))
    (found,) = changed(long, long + "\nmore")
    assert len(found.new) == 100_001


def test_labels_that_come_and_go_and_what_they_mean_are_told() -> None:
    one = schema(Label("speech"), Label("music", description="songs"))
    other = schema(Label("speech"), Label("music", description="songs and jingles"), Label("advert"))
    found = change_between(1, "", one, 2, "", other)
    assert found.labels == ("music of content means: songs and jingles", "advert is a new label of content.")
    assert change_between(2, "", other, 3, "", one).labels[-1] == "advert is no label of content any more."
    assert change_between(1, "", LabelSchema(), 2, "", one).labels == ("content is new: it is asked for from now on.",)
    assert change_between(1, "", one, 2, "", one).is_empty
