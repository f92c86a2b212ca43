"""Figures of the manager's desk, over all projects of a file: how far they are, and what needs a person today.

Everything comes from figures that are rolled up, so that it is there at once however large a project is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.model.work import Role
from annodesk.services import by_field, by_field_team, over_time, references_in_team
from annodesk.services.agreeing import GROUP
from annodesk.services.changes_of_project import change_lines, change_lines_of
from annodesk.services.completion import NAMES as COMPLETION
from annodesk.services.completion import Completion, completion_of
from annodesk.services.counts import Counts, counts_of, counts_of_each, unsettled_in
from annodesk.services.heard_as import TOO_FEW, not_told
from annodesk.services.over_time import EscalationFigures, Measure, Series, series
from annodesk.services.said_beside import is_told
from annodesk.services.today import NAMES as TODAY
from annodesk.services.today import Known, Need, first_page, for_roles, needs_of
from annodesk.store import projects, promises, waiting
from annodesk.store.cells import AGREED_ON, MODEL_ON, REFERENCE_ON, UNSETTLED_IN, WORK_ON, WORK_TIMES

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema
    from annodesk.progress import CancelToken
    from annodesk.quality.expected_time import Ratio
    from annodesk.quality.trends import Mean
    from annodesk.services.base import Desk
    from annodesk.services.by_field import FieldValues, Where
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

_SEES = frozenset({Role.ANALYST, Role.MANAGER})


class Slice(Struct, frozen=True):
    """The items that have one value in a field: how far they are, and what is known of the answers on them.

    ``pace`` is the time taken over the time expected for that very work by the whole project's; None for whoever is not
    told what work takes.
    """

    field: str
    value: str
    completion: Completion
    agreement: Mean
    model: Mean
    reference: Mean
    pace: Ratio | None


TIME_BY_VALUE = "What work takes by value is for the analysts of a project: ask one of them."


class Glance(Struct, frozen=True):
    """What the desk shows first: what needs a person today over all projects, and how far each of them is."""

    needs: tuple[Need, ...]
    projects: tuple[Completion, ...]


class DeskFigures:
    """What a manager or an analyst sees of the projects of a file; everything is read, nothing written."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def glance(self, person_id: str | None = None, *, among: str | None = None) -> Glance:
        """What the desk shows first, of those projects or one of them: all is read at once for all of them."""
        with self._desk.file.read() as db:
            seen = [one for one in self._seen(db, person_id) if among in (None, one[0])]
            known = self._known(db, seen)
            needs = [need for one in known for need in needs_of(db, one)]
            if person_id is not None:
                roles, is_shared = projects.roles_everywhere(db, person_id), self._desk.is_shared
                needs = [for_roles(one, roles.get(one.project_id, ()), is_shared=is_shared) for one in needs]
        return Glance(first_page(needs), tuple(one.completion for one in known))

    def projects(self, person_id: str | None = None) -> tuple[Completion, ...]:
        """How far each project is whose figures a person may see, by name; all of them where nobody is named."""
        with self._desk.file.read() as db:
            return self._completions(db, self._seen(db, person_id))

    def completion(self, project_id: str) -> Completion:
        """How far one project is."""
        with self._desk.file.read() as db:
            return self._completions(db, [projects.find_project(db, project_id)])[0]

    def today(self, person_id: str | None = None, *, among: str | None = None) -> tuple[Need, ...]:
        """What needs a person today over those projects, or one, the most urgent first; nothing where nothing does."""
        return self.glance(person_id, among=among).needs

    def series(
        self,
        project_id: str,
        person_id: str,
        measure: Measure,
        *,
        part: str = "",
        label: str | None = None,
        days: int = 1,
        where: Where | None = None,
        cancel: CancelToken | None = None,
    ) -> Series:
        """A measure over time, each point of so many days, with the lines of all changes of the project.

        What work takes is told to analysts, and to managers of a group of five and more (rule 12).
        """
        with self._desk.file.read() as db:
            changes = change_lines(db, project_id)
            if measure is Measure.TIME and (reason := self._not_told(db, project_id, person_id, where)):
                return replace(series(Counts({}), measure, changes), reason=reason)
            if measure is Measure.REFERENCE and (reason := self._not_met(db, project_id, person_id)):
                return replace(series(Counts({}), measure, changes), reason=reason)
        if measure is Measure.REFERENCE and self._desk.is_shared:
            counts = self._met(project_id, where, cancel)
        else:
            counts = self._counts(project_id, over_time.NAMES[measure], where, cancel)
        return series(counts, measure, changes, part=part, label=label, days=days, now_us=self._desk.server_us())

    def parts(self, project_id: str) -> tuple[tuple[str, str], ...]:
        """The parts and labels of which there is agreement over time; the label is empty for a whole part."""
        with self._desk.file.read() as db:
            return over_time.parts_of(counts_of(db, project_id, over_time.NAMES[Measure.AGREEMENT]))

    def escalations(
        self, project_id: str, *, where: Where | None = None, cancel: CancelToken | None = None
    ) -> EscalationFigures:
        """Why items are in review, and for how long."""
        counts = self._counts(project_id, over_time.ESCALATIONS, where, cancel)
        return over_time.escalation_figures(counts, self._desk.server_us())

    def fields(self, project_id: str) -> tuple[str, ...]:
        """What a project's items can be told apart by."""
        if self._desk.is_shared:
            return self._sync.with_team(by_field_team.fields)
        with self._desk.file.read() as db:
            return by_field.fields(db, project_id)

    def values(self, project_id: str, field: str, *, like: str = "", cancel: CancelToken | None = None) -> FieldValues:
        """The most frequent values of a field, of those that have ``like`` in them."""
        if self._desk.is_shared:
            return self._sync.with_team(lambda team: by_field_team.values(team, field, like=like, cancel=cancel))
        with self._desk.file.read() as db:
            return by_field.values(db, project_id, field, like=like)

    def compared(
        self,
        project_id: str,
        person_id: str,
        field: str,
        values: Sequence[str],
        *,
        cancel: CancelToken | None = None,
    ) -> tuple[Slice, ...]:
        """Some values of a field beside each other: how far their items are, and what is known of answers on them."""
        with self._desk.file.read() as db:
            why_not = self._not_met(db, project_id, person_id)
            may_know_pace = Role.ANALYST in projects.roles_of(db, project_id, person_id)
            known = over_time.expectation_of(counts_of(db, project_id, [WORK_TIMES])) if may_know_pace else None
        names = {*COMPLETION, AGREED_ON, MODEL_ON, REFERENCE_ON, WORK_ON}
        found = self._counts_by(project_id, field, values, names, cancel)
        if self._desk.is_shared and not why_not:
            met = self._met_by(project_id, field, values, cancel)
            found = {value: Counts({**counts.held, **met[value].held}) for value, counts in found.items()}
        now_us = self._desk.server_us()
        return tuple(
            Slice(
                field,
                value,
                completion_of(project_id, value, counts, now_us),
                over_time.mean_over(counts, Measure.AGREEMENT),
                over_time.mean_over(counts, Measure.MODEL),
                over_time.mean_over(counts, Measure.REFERENCE),
                None if known is None else over_time.pace_of(counts, known),
            )
            for value, counts in found.items()
        )

    def completion_where(self, project_id: str, where: Where, *, cancel: CancelToken | None = None) -> Completion:
        """How far the items are that have some value in a field."""
        counts = self._counts(project_id, COMPLETION, where, cancel)
        return completion_of(project_id, f"{where.field}: {where.value}", counts, self._desk.server_us())

    def _counts(self, project_id: str, names: Iterable[str], where: Where | None, cancel: CancelToken | None) -> Counts:
        if where is None:
            with self._desk.file.read() as db:
                return counts_of(db, project_id, names)
        return self._counts_by(project_id, where.field, [where.value], set(names), cancel)[where.value]

    def _counts_by(
        self,
        project_id: str,
        field: str,
        values: Sequence[str],
        names: Collection[str],
        cancel: CancelToken | None,
    ) -> dict[str, Counts]:
        if self._desk.is_shared:
            ask = partial(by_field_team.counts_by, field=field, wanted=values, names=names, cancel=cancel)
            return self._sync.with_team(ask)
        with self._desk.file.read() as db:
            return by_field.counts_by(db, project_id, field, values, names, cancel=cancel)

    def _met(self, project_id: str, where: Where | None, cancel: CancelToken | None) -> Counts:
        """How a team's answers agree with its references."""
        if where is not None:
            return self._met_by(project_id, where.field, [where.value], cancel)[where.value]
        ask = partial(references_in_team.answers_met, schema=self._schema(project_id), cancel=cancel)
        return references_in_team.counts_of_met(self._sync.with_team(ask))

    def _met_by(
        self, project_id: str, field: str, wanted: Sequence[str], cancel: CancelToken | None
    ) -> dict[str, Counts]:
        schema = self._schema(project_id)

        def ask(team: Team) -> dict[str, Counts]:
            met = references_in_team.answers_met(team, schema, cancel=cancel)
            values = references_in_team.values_of(team, field, {one.item_id for one in met})
            return references_in_team.counts_by_value(met, values, wanted)

        return self._sync.with_team(ask)

    def _schema(self, project_id: str) -> LabelSchema:
        with self._desk.file.read() as db:
            return projects.get_version(db, project_id).project.schema

    def _not_met(self, db: Connection, project_id: str, person_id: str) -> str:
        """Why somebody is not told how a team meets its references; empty where they are."""
        if not self._desk.is_shared:
            return ""
        reason = not_told(db, project_id, person_id, is_shared=True)
        return reason or ("" if self._sync.with_team(is_told) else TOO_FEW)

    def _not_told(self, db: Connection, project_id: str, person_id: str, where: Where | None) -> str:
        """Why somebody is not told what work takes, empty where they are."""
        roles = projects.roles_of(db, project_id, person_id)
        if Role.ANALYST in roles:
            return ""
        if Role.MANAGER not in roles:
            return "What work takes is for the analysts of a project, and of groups for its managers."
        group = sum(Role.ANNOTATOR in held for _, held in projects.members(db, project_id))
        if group < GROUP:
            return f"Managers see what work takes of {GROUP} people and more."
        return TIME_BY_VALUE if where is not None else ""

    def _completions(self, db: Connection, seen: Sequence[tuple[str, str]]) -> tuple[Completion, ...]:
        counts, now_us = counts_of_each(db, [i for i, _ in seen], COMPLETION), self._desk.server_us()
        return tuple(completion_of(i, name, counts[i], now_us) for i, name in seen)

    def _known(self, db: Connection, seen: Sequence[tuple[str, str]]) -> list[Known]:
        ids, now_us = [project_id for project_id, _ in seen], self._desk.server_us()
        counts = counts_of_each(db, ids, {*COMPLETION, *TODAY, UNSETTLED_IN})
        changes, batches = change_lines_of(db, ids), projects.batches_of(db, ids)
        promised, roles = promises.of_projects(db, ids), projects.count_roles(db, ids)
        waits = waiting.waits_of(db, {i: unsettled_in(counts[i]) for i in ids})
        return [
            Known(
                completion_of(i, name, counts[i], now_us),
                counts[i],
                changes[i],
                batches.get(i, []),
                promised.get(i, []),
                roles.get(i, {}),
                waits[i],
                now_us,
            )
            for i, name in seen
        ]

    def _seen(self, db: Connection, person_id: str | None) -> list[tuple[str, str]]:
        """In a team's file the server has sent figures to whom it shows them alone; here it is courtesy."""
        known = [(i, name) for i, name, _ in projects.list_projects(db)]
        if person_id is None:
            return known
        roles = projects.roles_everywhere(db, person_id)
        return [one for one in known if roles.get(one[0], frozenset()) & _SEES]
