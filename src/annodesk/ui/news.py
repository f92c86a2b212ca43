"""Tells a person once what was answered to them, and what was said beside their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annodesk.services.discussing import News
    from annodesk.ui.bus import Context


def tell_news(context: Context) -> None:
    """Look for answers and words that the person has not heard of, and say each in a notice."""

    def told(found: tuple[News, ...]) -> None:
        for one in found:
            context.notices.show(one.title, one.words)

    project_id, person_id = context.project_id, context.person_id
    context.jobs.store(
        lambda: context.services.discussing.news(project_id, person_id),
        on_done=told,
        what="look for what was answered",
    )
