"""Figures over time and by metadata: equal to what is counted by hand, and sentences where there is nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.model.work import Band, Reason
from annodesk.services.by_field import Where
from annodesk.services.changes_of_project import What
from annodesk.services.counts import Counts
from annodesk.services.over_time import Measure, series
from annodesk.store import rollup_here, tables
from annodesk.store.cells import DAY_US, MEASURES, WORK_ON, WORK_TIMES, part_of
from tests.services.made import OTHER, House, make_house, write_project
from tests.services.test_desk_figures import item_of


@pytest.fixture
def week(tmp_path: Path) -> Iterator[House]:
    """Six recordings, two languages; worked on for three days with one day off between."""
    made = make_house(tmp_path, items=6)
    with made.services.file.write() as db:
        for number in range(6):
            where = tables.item.c.id == item_of(made, number)
            metadata = {"language": "en" if number % 2 else "pt", "show": f"s{number}"}
            db.execute(tables.item.update().where(where).values(metadata=metadata, duration_us=30_000_000))
    for task, days in ((0, 1), (1, 2), (2, 1)):
        made.submit("Ada", task=task)
        made.submit(
            "Ben", OTHER if task == 1 else ((0, 10, "speech"), (10, 25, "music"), (25, 40, "speech")), task=task
        )
        made.round()
        made.clock.hours(24 * days)
    yield made
    made.services.close()


def test_volume_is_counted_by_day_and_a_day_off_is_a_zero(week: House) -> None:
    found = week.services.desk_figures.series(week.project_id, week.id_of("Cleo"), Measure.HANDED_IN)
    assert [(point.value, point.n, point.low) for point in found.points] == [
        (2, 2, None), (2, 2, None), (0, 0, None), (2, 2, None),
    ]  # fmt: skip
    assert (found.n, found.unit, found.reason) == (6, "sets a day", "")
    weeks = week.services.desk_figures.series(week.project_id, week.id_of("Cleo"), Measure.HANDED_IN, days=7)
    assert sum(point.value for point in weeks.points) == 6


def test_agreement_over_time_is_that_of_the_days_scores(week: House) -> None:
    desk, ana = week.services.desk_figures, week.id_of("Cleo")
    found = desk.series(week.project_id, ana, Measure.AGREEMENT)
    assert [point.n for point in found.points] == [1, 1, 1]
    assert [point.value == 1 for point in found.points] == [True, False, True]
    assert all(point.low is not None and point.low < point.value for point in found.points)
    assert ("content", "music") in desk.parts(week.project_id)
    of_label = desk.series(week.project_id, ana, Measure.AGREEMENT, part="content", label="music")
    assert [point.value for point in of_label.points] == [1, 0, 1]
    with week.services.file.read() as db:
        score = tables.score.c
        rows = db.execute(tables.score.select().where(score.scope == "item", score.is_current.is_(True))).all()
    assert found.whole is not None
    assert found.whole.value == pytest.approx(sum(row.value for row in rows) / len(rows), abs=1e-6)


def test_each_change_of_the_project_is_a_line(week: House) -> None:
    folder = week.folder
    (folder / "guidelines.md").write_text("# Guidelines\n\nNew.\n", encoding="utf-8")
    week.services.projects.init(folder / "project.toml")
    write_project(folder, overlap=3)
    (folder / "guidelines.md").write_text("# Guidelines\n\nNew.\n", encoding="utf-8")
    week.services.projects.init(folder / "project.toml")
    found = week.services.desk_figures.series(week.project_id, week.id_of("Cleo"), Measure.SETTLED)
    assert [(line.version, line.what) for line in found.changes] == [(2, (What.GUIDELINES,)), (3, (What.POLICY,))]
    assert found.changes[0].words == "guidelines v2"


def test_what_waits_for_review_is_told_by_reason_and_age(week: House) -> None:
    found = week.services.desk_figures.escalations(week.project_id)
    (one,) = found.reasons
    assert (one.reason, one.waiting, one.raised) == (Reason.LOW_AGREEMENT, 1, 1)
    assert one.mean_age_us is not None
    assert one.mean_age_us == pytest.approx(3 * DAY_US, rel=0.01)
    assert [(age.from_days, age.items) for age in found.ages] == [(0, 0), (1, 0), (3, 1), (7, 0), (14, 0)]
    assert found.waiting == 1


def test_figures_are_filtered_and_compared_by_any_field(week: House) -> None:
    desk, ana = week.services.desk_figures, week.id_of("Cleo")
    assert desk.fields(week.project_id) == ("language", "show", "duration")
    values = desk.values(week.project_id, "language")
    assert [(one.value, one.items) for one in values.values] == [("en", 3), ("pt", 3)]
    assert (values.more, values.others) == (0, 0)
    found = desk.completion_where(week.project_id, Where("language", "pt"))
    assert {one.band: one.items for one in found.bands if one.items} == {Band.DONE: 2, Band.LEFT: 1}
    english = desk.series(week.project_id, ana, Measure.HANDED_IN, where=Where("language", "en"))
    assert [point.value for point in english.points] == [2]
    both = desk.compared(week.project_id, ana, "language", ["en", "pt"])
    assert [(one.value, one.agreement.n) for one in both] == [("en", 1), ("pt", 2)]
    assert desk.values(week.project_id, "duration").values[0].value == "under 1 min"
    nowhere = desk.completion_where(week.project_id, Where("mood", "x"))
    assert (nowhere.items, nowhere.done_share) == (0, None)


def test_a_field_of_a_hundred_thousand_values_tells_the_most_frequent_and_how_many_more(week: House) -> None:
    desk, ana = week.services.desk_figures, week.id_of("Cleo")
    found = desk.values(week.project_id, "show", like="s")
    assert (len(found.values), found.more) == (6, 0)
    with week.services.file.write() as db:
        batch = db.execute(tables.batch.select()).first()
        assert batch is not None
        rows = [
            {
                "id": f"many-{n}", "project_id": week.project_id, "batch_id": batch.id, "key": f"many-{n}",
                "duration_us": 0, "metadata": {"show": f"x{n}", "live": n % 2 == 0}, "made_at_us": n,
            }
            for n in range(100_000)
        ]  # fmt: skip
        db.execute(tables.item.insert(), rows)
        states = [{"item_id": row["id"], "state": "open", "changed_at_us": 0} for row in rows]
        db.execute(tables.item_state.insert(), states)
    found = desk.values(week.project_id, "show")
    assert (len(found.values), found.more, found.others) == (50, 99_956, 99_956)
    assert desk.values(week.project_id, "show", like="x4711").values[0].value == "x4711"
    live = {one.value: one.items for one in desk.values(week.project_id, "live").values}
    assert live == {"true": 50_000, "false": 50_000, "": 6}
    assert desk.completion_where(week.project_id, Where("show", "x99999")).items == 1
    values = [one.value for one in found.values]
    assert [one.completion.items for one in desk.compared(week.project_id, ana, "show", values)] == [1] * 50


def test_where_nothing_is_known_a_sentence_says_so(tmp_path: Path) -> None:
    house = make_house(tmp_path, items=1)
    for measure in Measure:
        found = house.services.desk_figures.series(house.project_id, house.id_of("Cleo"), measure)
        assert found.points == ()
        assert found.n == 0
        assert found.reason
    assert house.services.desk_figures.escalations(house.project_id).reason
    house.services.close()


def test_what_work_takes_is_told_beside_what_it_was_expected_to() -> None:
    held: dict[tuple[str, str], tuple[int, int]] = {}
    for day, factor in ((20_000, 1), (20_001, 2)):
        for n in range(10):
            row = (1.0, 5.0 + n, 2.0 * n, float(n % 2), factor * (1 + 0.5 * (5 + n)))
            for a, value in enumerate(row):
                for name, part, more in [
                    (WORK_ON, part_of(day, MEASURES[a]), value),
                    *((WORK_TIMES, part_of(MEASURES[a], MEASURES[b]), value * row[b]) for b in range(a, 5)),
                ]:
                    was = held.get((name, part), (0, 0))
                    held[name, part] = (was[0] + 1, was[1] + round(100 * more))
    found = series(Counts(held), Measure.TIME, ())
    assert [round(point.value, 2) for point in found.points] == [0.67, 1.33]
    assert [point.n for point in found.points] == [10, 10]


def test_what_a_clock_gone_wrong_has_dated_spoils_no_chart(week: House) -> None:
    with week.services.file.write() as db:
        first = tables.submission.c.set_id == db.execute(tables.submission.select()).first().set_id  # type: ignore[union-attr]
        db.execute(tables.submission.update().where(first).values(made_at_us=2**60))
        rollup_here.mark_all(db, week.project_id)
    found = week.services.desk_figures.series(week.project_id, week.id_of("Cleo"), Measure.HANDED_IN)
    assert found.n == 6
    assert len(found.points) == 5
    assert found.points[-1].from_us <= week.clock.now_us
    assert week.services.desk_figures.completion(week.project_id).items == 6


def test_words_of_metadata_do_not_come_into_the_figures(week: House) -> None:
    secret = "the patient of room nine"
    with week.services.file.write() as db:
        where = tables.item.c.id == item_of(week, 5)
        db.execute(tables.item.update().where(where).values(metadata={"language": secret}))
        db.execute(tables.person_skill.insert().values(person_id=week.id_of("Ada"), skill="pt", level=1))
    week.round()
    needs = week.services.desk_figures.today()
    assert any(need.sentence.startswith("another language: ") for need in needs)
    assert secret not in str(needs)


def test_only_analysts_are_told_what_the_work_of_few_takes(week: House) -> None:
    found = week.services.desk_figures.series(week.project_id, week.id_of("Ada"), Measure.TIME)
    assert found.points == ()
    assert "analysts" in found.reason
