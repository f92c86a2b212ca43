"""The days named along an axis of time."""

from __future__ import annotations

from datetime import datetime

import pytest

from annodesk.ui.dashboard.days import day_ticks


def words(first: datetime, last: datetime, most: int = 6) -> list[str]:
    return [said for _, said in day_ticks(first.timestamp(), last.timestamp(), most)]


def test_each_day_has_its_month_and_the_first_its_year() -> None:
    assert words(datetime(2023, 11, 14, 6), datetime(2023, 11, 16, 20)) == ["14 Nov 2023", "15 Nov", "16 Nov"]


def test_a_new_year_is_named() -> None:
    assert words(datetime(2025, 12, 31), datetime(2026, 1, 2)) == ["31 Dec 2025", "1 Jan 2026"]


def test_a_long_time_is_told_by_the_first_of_its_months() -> None:
    found = words(datetime(2025, 11, 20), datetime(2026, 4, 5))
    assert found == [
        "1 Dec 2025",
        "1 Jan 2026",
        "1 Feb",
        "1 Mar",
        "1 Apr",
    ]


@pytest.mark.parametrize("days", [1, 3, 9, 40, 200, 900, 9000])
@pytest.mark.parametrize("most", [1, 3, 7])
def test_there_are_never_more_than_asked_for_and_hardly_ever_none(days: int, most: int) -> None:
    first = datetime(2024, 2, 3)
    found = day_ticks(first.timestamp(), first.timestamp() + days * 86_400, most)
    assert len(found) <= most
    assert len(found) >= 1 or days * most < 60
    assert all(datetime.fromtimestamp(seconds).hour == 12 for seconds, _ in found)


def test_what_no_calendar_has_is_not_named() -> None:
    assert day_ticks(-1e18, 1e18, 5) == []
