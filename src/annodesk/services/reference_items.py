"""Reference items of a project: which there are, how they fare, and taking one out again.

New ones are confirmed by ``Judging.confirm``, at any time. Who missed one is not told here: that is a person's figure.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.work import Role
from annodesk.services.changes import Changes, Decided, Kind
from annodesk.store import confirmed, projects
from annodesk.workflow.references import is_in_doubt

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services.accuracy import Accuracies
    from annodesk.services.base import Desk
    from annodesk.services.judging import Judging
    from annodesk.services.sync import Sync

MOST_SHOWN = 2_000

_TO_ANALYSTS = """
select r.item_id, i.key, r.is_hidden, r.made_at_us, r.suspended_at_us, a.project_version
  from (select project_id, item_id, is_hidden, set_id, made_at_us, suspended_at_us from annodesk.reference_item
         where project_id = %s order by made_at_us desc, item_id limit %s) r
  cross join lateral (select key from annodesk.item where project_id = r.project_id and id = r.item_id limit 1) i
  left join lateral (select project_version from annodesk.annotation_set
         where project_id = r.project_id and id = r.set_id limit 1) a on true
 order by r.made_at_us desc, r.item_id
"""
_TO_MANAGERS = """
select r.item_id, i.key, r.is_hidden, r.made_at_us, r.suspended_at_us, null::integer as project_version
  from (select project_id, item_id, is_hidden, made_at_us, suspended_at_us from annodesk.reference_item
         where project_id = %s order by made_at_us desc, item_id limit %s) r
  cross join lateral (select key from annodesk.item where project_id = r.project_id and id = r.item_id limit 1) i
 order by r.made_at_us desc, r.item_id
"""
"""A manager reads no set, and so is not told under which version an answer was given."""


class ReferenceItem(Struct, frozen=True):
    """A reference item: hidden or open, since when, and how many answers could be held against it and missed it.

    ``answers`` and ``missed`` are None for whoever is no analyst; ``is_missed`` says that too many missed it, until the
    server has seen it; ``is_suspended`` that it is held against nobody until it is confirmed anew; ``is_doubtful`` that
    it should be looked at; ``is_old`` that its answer was given under an earlier version of the project, which a team's
    server tells analysts alone.
    """

    item_id: str
    title: str
    is_hidden: bool
    made_at_us: int
    is_suspended: bool
    is_old: bool
    answers: int | None = None
    missed: int | None = None
    is_missed: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Whether it is the reference that is to be looked at, and not those who missed it."""
        return self.is_suspended or self.is_missed

    @property
    def sentence(self) -> str:
        """How it fares, in words."""
        words = []
        if self.is_suspended:
            words.append("in doubt: held against nobody until it is confirmed anew")
        if self.answers:
            words.append(f"{self.missed} of {self.answers} missed it")
        elif self.answers == 0:
            words.append("nobody has answered it yet")
        if self.is_doubtful and not self.is_suspended:
            words.append("look at its answer")
        if self.is_old:
            words.append("of an earlier version of the project")
        return "; ".join(words)


class ReferenceItems:
    """The references of a project, for its analysts and managers."""

    def __init__(self, desk: Desk, sync: Sync, accuracy: Accuracies, judging: Judging) -> None:
        self._desk, self._sync, self._accuracy, self._judging = desk, sync, accuracy, judging

    def of_project(
        self, project_id: str, asked_by: str, *, cancel: CancelToken | None = None
    ) -> tuple[ReferenceItem, ...]:
        """All of them, those to be looked at first, then the newest; may read for long."""
        with self._desk.file.read() as db:
            roles = projects.roles_of(db, project_id, asked_by)
            version = projects.get_version(db, project_id)
            newest, flow = version.version, version.project.workflow
            rows = [] if self._desk.is_shared else confirmed.list_references(db, project_id, MOST_SHOWN)
        if not {Role.ANALYST, Role.MANAGER} & set(roles):
            sentence = "Only analysts and managers of this project see its reference items."
            raise WorkflowError(sentence, "Ask one of them.")
        if self._desk.is_shared:
            asked = _TO_ANALYSTS if Role.ANALYST in roles else _TO_MANAGERS
            told = self._sync.with_team(lambda team: team.link.ask(asked, team.project_id, MOST_SHOWN))
            rows = [confirmed.ReferenceRow(**row) for row in told]
        answers, missed = Counter[str](), Counter[str]()
        is_analyst = Role.ANALYST in roles
        if is_analyst:
            for one in self._accuracy.held_against_references(project_id, cancel=cancel):
                answers[one.item_id] += 1
                missed[one.item_id] += not one.is_right
        made = [
            ReferenceItem(
                row.item_id,
                row.key,
                row.is_hidden,
                row.made_at_us,
                row.suspended_at_us is not None,
                row.project_version is not None and row.project_version < newest,
                answers[row.item_id] if is_analyst else None,
                missed[row.item_id] if is_analyst else None,
                is_in_doubt(
                    missed[row.item_id],
                    answers[row.item_id],
                    by=flow.reference_missed_by,
                    share=flow.reference_missed_share,
                ),
            )
            for row in rows
        ]
        return tuple(sorted(made, key=lambda one: not one.is_doubtful))

    def retire(self, item_id: str, person_id: str) -> Decided:
        """Let an item be no reference any more; its answer stands as before."""
        self._judging.retire_reference(item_id, person_id)
        return Decided("It is no reference item any more; its answer stands.", Changes.of(Kind.ITEMS, items=(item_id,)))
