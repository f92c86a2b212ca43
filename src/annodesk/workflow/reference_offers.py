"""Which reference items are put before whom, among ordinary work, so that nothing tells one from the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from annodesk.model.work import Offer, Person, Role, Skill
from annodesk.workflow.routing import Opening, refusal
from annodesk.workflow.sampling import draw, is_drawn

FIRST_TASKS, FIRST_SHARE = 50, 0.10
"""So many first tasks of a person hold a greater share: little is known of them yet."""
ONBOARDING_TASKS = 10
"""A newcomer's first tasks, each with feedback, where a project has open references."""
FIRST_WORDS = "To begin with: you are told how it went"


def share_for(reference_share: float, taken: int) -> float:
    """What share of somebody's next tasks are references, by how many they have taken; none where the project has 0."""
    return max(reference_share, FIRST_SHARE) if reference_share > 0 and taken < FIRST_TASKS else reference_share


def with_references(
    offers: Sequence[Offer],
    references: Iterable[Opening],
    ordinary: Mapping[str, Opening],
    person: Person,
    roles: Collection[Role],
    *,
    taken: int,
    reference_share: float,
    seed: str,
) -> list[Offer]:
    """A person's offers with references among them, as many offers as before.

    Each place of the list is drawn by how many tasks the person has taken before it, and holds then what the lot gives
    of the references they have not held. Its reason is word for word that of the next ordinary task that needs the same
    skills; where there is none it is not offered. Whoever has no ordinary work is offered none.

    Parameters
    ----------
    ordinary : what is offered, by task
    """
    left = [one for one in references if not refusal(one, person, roles)]
    left.sort(key=lambda one: draw(seed, "which reference", person.id, one.task.id), reverse=True)
    mixed: list[Offer] = []
    for place, offer in enumerate(offers):
        while left and is_drawn(
            share_for(reference_share, taken + len(mixed)), seed, "reference", person.id, taken + len(mixed)
        ):
            needs = left[-1].needs
            alike = (o for o in offers[place:] if (other := ordinary.get(o.task_id)) and _is_like(other, needs))
            like = next(alike, None)
            if like is None:
                break
            mixed.append(replace(like, task_id=left.pop().task.id))
        mixed.append(offer)
    return [replace(one, rank=rank) for rank, one in enumerate(mixed[: len(offers)], start=1)]


def _is_like(other: Opening, needs: Collection[Skill]) -> bool:
    """Whether the words with which a task is offered could be a reference's: nobody was chosen for those."""
    return other.needs == needs and other.kept_for is None


def onboarding(
    references: Sequence[Opening], person: Person, roles: Collection[Role], *, done: int, others: int, now_us: int
) -> list[Offer]:
    """What a newcomer is offered before anything else: open references, until they have had enough of them.

    Parameters
    ----------
    done, others : how many open references, and how many other tasks, they have taken; who has taken others is none
    """
    if others or done >= ONBOARDING_TASKS:
        return []
    allowed = [one for one in references if not refusal(one, person, roles)][: ONBOARDING_TASKS - done]
    return [Offer(one.task.id, person.id, rank, FIRST_WORDS, now_us) for rank, one in enumerate(allowed, start=1)]
