"""Who has to read changed guidelines, and when they have."""

from __future__ import annotations

from annodesk.model.guideline_changes import GuidelineChange
from tests.services.made import House


def rewrite(house: House, words: str) -> None:
    (house.folder / "guidelines.md").write_text(f"# Guidelines\n{words}\n", encoding="utf-8")
    house.services.projects.init(house.folder / "project.toml")


def unread(house: House, name: str) -> GuidelineChange | None:
    return house.services.guideline_changes.unread(house.project_id, house.id_of(name))


def test_who_has_worked_reads_what_changed_until_they_say_so(house: House) -> None:
    house.submit("Ada")
    assert unread(house, "Ada") is None
    rewrite(house, "Jingles are adverts.")
    for _ in range(2):
        change = unread(house, "Ada")
        assert change is not None, "until it is acknowledged"
        assert (change.before, change.version, change.clauses[0].new) == (1, 2, ("Jingles are adverts.",))
    house.services.guideline_changes.acknowledge(house.project_id, house.id_of("Ada"), 2)
    assert unread(house, "Ada") is None


def test_who_begins_reads_them_as_they_are_and_later_changes_as_such(house: House) -> None:
    rewrite(house, "First.")
    assert unread(house, "Ben") is None
    rewrite(house, "Second.")
    change = unread(house, "Ben")
    assert change is not None
    assert (change.clauses[0].gone, change.clauses[0].new) == (("First.",), ("Second.",))


def test_several_versions_are_told_as_one_difference(house: House) -> None:
    house.submit("Ada")
    rewrite(house, "One.")
    rewrite(house, "Two.")
    change = unread(house, "Ada")
    assert change is not None
    assert (change.before, change.version, change.clauses[0].new) == (1, 3, ("Two.",))


def test_a_version_that_changes_nothing_for_who_labels_is_not_shown(house: House) -> None:
    house.submit("Ada")
    house.services.projects.set_threshold(house.project_id, house.id_of("Cleo"), 0.5)
    assert unread(house, "Ada") is None


def test_a_task_that_lies_ready_under_the_new_version_does_not_count_as_read(house: House) -> None:
    house.submit("Ada")
    rewrite(house, "Jingles are adverts.")
    house.open("Ben")
    house.services.guideline_changes.acknowledge(house.project_id, house.id_of("Ben"), 1)
    assert unread(house, "Ben") is not None
