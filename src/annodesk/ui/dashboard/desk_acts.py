"""What the desk does beside showing: where a sentence's button leads, a chart's file, a policy, who looked."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annodesk.errors import AnnodeskError
from annodesk.model.work import Role
from annodesk.services.behind import Behind
from annodesk.services.changes import Changes, Kind
from annodesk.services.looks import ACCURACY
from annodesk.services.today import Act
from annodesk.store.cells import SETTLED_ON, WAITS_BY
from annodesk.ui.dashboard.bands import Part
from annodesk.ui.dashboard.charting import Places
from annodesk.ui.dashboard.playlist import Playlist
from annodesk.ui.notices import Tone
from annodesk.ui.review.pinning import run_decision
from annodesk.ui.rounds import score_and_route

if TYPE_CHECKING:
    from annodesk.services.today import Need
    from annodesk.ui.dashboard.workspace import DeskWorkspace

_LEADS = {
    Act.REVIEW: "review",
    Act.ANSWER: "review",
    Act.AUDITS: "setup",
    Act.ADD: "annotate",
    Act.GUIDELINES: "annotate",
}
"""The workspace in which a sentence's button is answered, or the page of the desk."""
_PAGE_OF = {Act.BATCH: "batches", Act.CONFIRM: "references", Act.DRIFT: "references"}

_FIGURE_OF: dict[Part | None, str] = {Part.PEOPLE: SETTLED_ON, Part.REVIEW: WAITS_BY}
"""What counts the items of a stretch of a band."""
_UNHEARD = {
    Part.MACHINE: "Only the machine has answered these: the page Plan gives some of them to people.",
    Part.LEFT: "These are being labelled: the page Figures plays what is handed in of them.",
}


class DeskActs:
    """Of one desk; what came of each is said in a notice."""

    def __init__(self, desk: DeskWorkspace) -> None:
        self._desk = desk

    def answer(self, need: Need) -> None:
        """Do what the button of a sentence says."""
        window: Any = self._desk.window()
        workspace = _LEADS.get(need.act)
        if need.project_id != self._desk.context.project_id:
            if hasattr(window, "open_project"):
                then = None if workspace else lambda: window.workspace.acts.answer(need)
                window.open_project(need.project_id, workspace or "desk", then)
        elif need.act is Act.HEAR:
            part = need.part or next(iter(self._desk.found.parts if self._desk.found else ()), "")
            self._desk.hear_of(Places(part, need.label or "", need.items or None))
        elif need.act in _PAGE_OF:
            self._desk.show_page(_PAGE_OF[need.act])
        elif workspace is not None and hasattr(window, "show_workspace"):
            window.show_workspace(workspace)
        elif hasattr(window, "keys"):
            window.keys.trigger("window.team_people" if self._is_shared else "window.newcomer")

    def lead(self, kind: str) -> None:
        """Go to where a kind of what is owed is answered."""
        window: Any = self._desk.window()
        if kind == "references":
            self._desk.show_page(kind)
        elif hasattr(window, "show_workspace"):
            window.show_workspace("review" if kind == "disputes" else "setup")

    def open_project(self, project_id: str, part: Part | None = None) -> None:
        """Look at another project of the file; of this one hear a stretch of its band."""
        window: Any = self._desk.window()
        if project_id != self._desk.context.project_id:
            if hasattr(window, "open_project"):
                window.open_project(project_id, "desk")
        elif part in _FIGURE_OF:
            self._desk.hear_of(Places(behind=Behind(_FIGURE_OF[part])), f"Items {part}")
        elif part is not None:
            self._desk.hear(Playlist(part, "", ()), _UNHEARD[part])

    @property
    def _is_shared(self) -> bool:
        return self._desk.context.services.sync.where is not None

    def save(self, path: Path, data: bytes) -> None:
        notices = self._desk.context.notices
        self._desk.context.jobs.compute(
            _write_file,
            path,
            data,
            on_done=lambda _: notices.show(f"The chart is in {path.name}.", str(path.parent), tone=Tone.OK),
            on_error=lambda error: notices.error(error, "save a chart"),
            what="save a chart",
        )

    def note_look(self) -> None:
        """Whoever is shown figures by person is noted, for those whom they are about."""
        is_shown = self._desk.shown == "references" or (self._desk.shown == "today" and bool(self._desk.today.drift))
        if is_shown and self._desk.found is not None and Role.ANALYST in self._desk.found.roles:
            context = self._desk.context
            note = context.services.looks.note
            context.jobs.store(note, context.project_id, context.person_id, ACCURACY, what="note who looked")

    def decline(self, kinds: frozenset[str]) -> None:
        """Say with what kinds of sensitive content the person does not work, in place of what they said before."""
        context, found = self._desk.context, self._desk.you.found
        before = found.sensitive.declined if found is not None and found.sensitive is not None else frozenset()

        def done(changes: Changes) -> None:
            words = (
                f"You are given no tasks with {', '.join(sorted(kinds))}." if kinds else "You are given any content."
            )
            context.notices.show(words, "", tone=Tone.OK, button="Undo", on_button=partial(self.decline, before))
            context.bus.changed.emit(changes)
            self._desk.read_page()
            if self._is_shared:
                context.bus.sync_asked.emit()
            else:
                score_and_route(context, "offer what a person works with")

        work = partial(context.services.assigning.set_declined, context.project_id, context.person_id, kinds)
        run_decision(context, work, done, "decline a kind of content")

    def switch(self, policy: str, on: bool) -> None:
        context = self._desk.context

        def done(_set: object) -> None:
            words = "It is kept from now on." if on else "It is not kept any more."
            context.notices.show(words, "This holds from the project's new version on.", tone=Tone.OK)
            context.bus.changed.emit(Changes.of(Kind.PROJECT))

        def failed(error: Exception) -> None:
            context.notices.error(error, "switch what is recorded")
            self._desk.read_page()

        work = partial(context.services.projects.set_policy, context.project_id, context.person_id, {policy: on})
        context.jobs.store(work, on_done=done, on_error=failed, what="switch what is recorded")


def _write_file(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        sentence = f"{path.name} cannot be written: {error.strerror or error}."
        raise AnnodeskError(sentence, "Choose another place.") from error
