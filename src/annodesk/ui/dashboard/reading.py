"""Reads what the desk shows; in the background lane, for it reads over all projects, and for long."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from annodesk.model.schema import Tier, TierKind
from annodesk.model.work import Band as How
from annodesk.model.work import Role
from annodesk.quality.agreement import scored_parts
from annodesk.ui.dashboard.bands import Band
from annodesk.ui.precedents import date_text

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services import Services
    from annodesk.services.completion import Completion
    from annodesk.services.heard_as import HeardAs
    from annodesk.services.today import Need
    from annodesk.ui.bus import Context

READS = frozenset({Role.ANALYST, Role.MANAGER})


class Today(Struct, frozen=True):
    """The first page: what needs a person, and how far every project is.

    ``reason`` says why a person is shown only what is theirs, or what could not be read just now.
    """

    needs: tuple[Need, ...]
    bands: tuple[Band, ...]
    parts: tuple[str, ...] = ()
    roles: frozenset[Role] = frozenset()
    is_shared: bool = False
    reason: str = ""

    @property
    def may_read(self) -> bool:
        """Whether this person is shown how the project does."""
        return bool(self.roles & READS)

    def may_open(self, page: str) -> bool:
        """Whether this person has a page; in a team work is given out by its managers alone."""
        if page == "work" and self.is_shared:
            return Role.MANAGER in self.roles
        return self.may_read or page == "you"


def read_today(services: Services, project_id: str, person_id: str, cancel: CancelToken) -> Today:
    """What needs a person today over all projects, and how far each is."""
    roles = roles_of(services, project_id, person_id)
    is_shared = services.sync.where is not None
    schema = services.projects.get(project_id).project.schema
    parts = tuple(
        part.name for part in scored_parts(schema) if not (isinstance(part, Tier) and part.kind is TierKind.POINT)
    )
    if not roles & READS:
        return Today((), (), parts, roles, is_shared)
    found = services.desk_figures.glance(person_id)
    cancel.check()
    return Today(found.needs, tuple(band_of(one) for one in found.projects), parts, roles, is_shared)


def read_drift(services: Services, project_id: str, person_id: str, cancel: CancelToken) -> tuple[Need, ...]:
    """Whose answers have become less right, for an analyst."""
    return services.drifting.needs(project_id, person_id, cancel=cancel)


def while_here(context: Context, done: Callable[[Any], object]) -> Callable[[Any], None]:
    """Drop an answer that comes when somebody else works here, or on another project."""
    of = (context.project_id, context.person_id)

    def take(answer: Any) -> None:
        if (context.project_id, context.person_id) == of:
            done(answer)

    return take


def band_of(one: Completion) -> Band:
    """One project's band, with when it will be done in words."""
    count = {band.band: band.items for band in one.bands}
    done, machine, review = (count.get(band, 0) for band in (How.DONE, How.MACHINE, How.REVIEW))
    return Band(one.project_id, one.name, one.items, done, machine, review, one.reason or forecast_words(one))


def forecast_words(one: Completion) -> str:
    """When a project will be settled, as a range; or why nobody can say."""
    if one.done_from_us is None:
        return one.forecast.reason
    first = day_words(one.done_from_us)
    if one.done_by_us is None:
        return f"It will be settled on {first} at the earliest; at the slower pace no end is in sight."
    last = day_words(one.done_by_us)
    return f"It will be settled on {first}." if first == last else f"It will be settled between {first} and {last}."


def day_words(at_us: int) -> str:
    """A day, with its year where that is not this one."""
    return date_text(at_us) or "some day"


def roles_of(services: Services, project_id: str, person_id: str) -> frozenset[Role]:
    """What a person may do in a project."""
    members = services.people.list(project_id)
    return next((one.roles for one in members if one.person.id == person_id), frozenset())


def read_heard(services: Services, project_id: str, person_id: str, part: str, cancel: CancelToken) -> HeardAs:
    """What is heard as what on a part, over all settled items."""
    return services.quality.heard_as(project_id, person_id, part, cancel=cancel)
