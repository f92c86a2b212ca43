"""The page about oneself: one's own figures, who else sees what of them, who looked, and what is recorded at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError
from annodesk.model.work import Role
from annodesk.services.drifting import need_of
from annodesk.services.looks import NOBODY, NOT_KEPT, Look
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.dashboard.card import Card, ScrolledPage
from annodesk.ui.dashboard.needs import Needs
from annodesk.ui.dashboard.reading import roles_of
from annodesk.ui.dashboard.sensitive_card import SensitiveCard
from annodesk.ui.parts import label, line
from annodesk.ui.precedents import date_text
from annodesk.ui.quality.figures import number
from annodesk.ui.setup.bars import IntervalBar

if TYPE_CHECKING:
    from annodesk.model.project import Project
    from annodesk.progress import CancelToken
    from annodesk.services import Services
    from annodesk.services.accuracy import PersonAccuracy
    from annodesk.services.agreeing import OwnReport
    from annodesk.services.assigning import SensitiveWork
    from annodesk.services.today import Need

MOST_LOOKS = 12
PLAYED, ANSWERED = "prelabel.record_played", "prelabel.record_suggestions"
TIMES, LOOKS = "workflow.record_times", "workflow.record_looks"
"""The policies that say what of a person's work is kept; in a team its database leaves out what is switched off."""


class Recorded(Struct, frozen=True):
    """One thing that is recorded of a person: what, who is shown it, the policy that switches it."""

    what: str
    seen_by: str
    policy: str = ""


RECORDED = (
    Recorded(
        "Every gesture in your work: what it changed. It is your answer itself, and what undo takes back.",
        "You, and the analysts of the project, as the history of your answer.",
    ),
    Recorded(
        "When you made each gesture, and how much later than the one before.",
        "You, and the analysts, with the history of your answer. Managers see how long work takes only as a figure of "
        "groups of five people or more.",
        TIMES,
    ),
    Recorded(
        "When you took, handed in, skipped, parked or gave back a task, and why, in your words.",
        "You and the analysts. It is always kept: it is how tasks are lent, so that nobody waits for who is away.",
    ),
    Recorded(
        "Whether suggestions were in your view, and which of them your answer took.",
        "You, and the analysts. It is always kept: an answer given beside a suggestion does not count as given alone.",
    ),
    Recorded(
        "What else you did with each suggestion, and how long it had been in view by then.",
        "You, in your own figures, and the analysts together with everybody's.",
        ANSWERED,
    ),
    Recorded(
        "How much of a suggestion's stretch had been played when you answered it: all, part or none.",
        "You, and the analysts together with everybody's.",
        PLAYED,
    ),
    Recorded(
        "How often your answers meet those of reference items and of audits drawn by lot, with their interval.",
        "You, as it stood a week ago, since newer figures would tell which items were references; and the analysts of "
        "the project. Managers never see it.",
    ),
    Recorded(
        "How your answers compare with others' on the same items.",
        "You see your own beside what stands. Analysts see who takes what for what. Managers see figures of groups of "
        "five people or more, without names.",
    ),
    Recorded(
        "The questions and comments you write.",
        "Questions: analysts and managers, without your name. Comments: you, and the analysts.",
    ),
    Recorded(
        "Your skills, working hours, absence and tasks a day, as they were agreed.",
        "You, the analysts and the managers. What you do not work with is known to nobody but yourself.",
    ),
    Recorded(
        "Which of your computers hold a copy of the project, and the day on which each was last heard of.",
        "The managers, when something has to be taken down everywhere. It is always kept, for that.",
    ),
    Recorded(
        "When an analyst or a manager looked at figures by person.",
        "Everybody in the project, on this page.",
        LOOKS,
    ),
    Recorded(
        "What you have listened to, where you stopped, and your bookmarks.", "You alone: it never leaves this computer."
    ),
    Recorded("Breaks, idle time, other programs, camera, keystrokes.", "Nobody: it is not recorded at all."),
)


class You(Struct, frozen=True):
    """What is shown to a person of themselves.

    Parameters
    ----------
    kept : the policies of what is recorded that are on
    problem : what could not be read
    drift : that their answers have become less right, where they have
    """

    name: str
    own: OwnReport | None
    accuracy: PersonAccuracy | None
    may_set: bool
    kept: frozenset[str]
    is_shared: bool
    problem: str = ""
    looks: tuple[Look, ...] = ()
    drift: Need | None = None
    sensitive: SensitiveWork | None = None


def read_you(services: Services, project_id: str, person_id: str, cancel: CancelToken) -> You:
    """A person's own figures, and what the project records."""
    problem, own, accuracy, looks = "", None, None, tuple[Look, ...]()
    roles = roles_of(services, project_id, person_id)
    try:
        looks = services.looks.of(project_id, person_id)
        own = services.quality.own(project_id, person_id, cancel=cancel)
        if Role.ANNOTATOR in roles:
            accuracy = services.accuracy.own(project_id, person_id, cancel=cancel)
    except AnnodeskError as error:
        problem = str(error)
    members = services.people.list(project_id)
    name = next((one.person.name for one in members if one.person.id == person_id), "")
    project = services.projects.get(project_id).project
    may_set = services.projects.may_set(project_id, person_id)
    is_shared = services.sync.where is not None
    if not roles:
        problem = problem or "You are no member of this project."
    has_drifted = accuracy is not None and accuracy.drift is not None
    drift = need_of(accuracy, project_id, project.name, is_own=True) if accuracy is not None and has_drifted else None
    sensitive = None
    try:
        if Role.ANNOTATOR in roles:
            sensitive = services.assigning.sensitive_work(project_id, person_id)
    except AnnodeskError as error:
        problem = problem or str(error)
    return You(name, own, accuracy, may_set, kept_of(project), is_shared, problem, looks, drift, sensitive)


def kept_of(project: Project) -> frozenset[str]:
    """What of that which can be switched off a project records."""
    on = {
        PLAYED: project.prelabel.record_played,
        ANSWERED: project.prelabel.record_suggestions,
        TIMES: project.workflow.record_times,
        LOOKS: project.workflow.record_looks,
    }
    return frozenset(policy for policy, is_on in on.items() if is_on)


class YouPage(ScrolledPage):
    """Cards below each other.

    switched(str, bool)    a policy is to be set
    declined(object)       these kinds of sensitive content are not worked with from now on
    """

    switched = Signal(str, bool)
    declined = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("You")
        self.found: You | None = None
        self.figures, self.seen, self.recorded = (
            Card("Your own figures"),
            Card("Who else sees it, and who looked"),
            Card("What is recorded of you"),
        )
        self.boxes: dict[str, QCheckBox] = {}
        self.needs, self.needs_card = Needs(), Card("Needs you")
        self.needs_card.set_body(self.needs)
        self.needs_card.hide()
        self.sensitive = SensitiveCard()
        self.sensitive.declined.connect(self.declined)
        for card in (self.figures, self.seen, self.recorded):
            card.set_body(_column())
        rows = QVBoxLayout(self.host)
        rows.setContentsMargins(16, 16, 16, 16)
        rows.setSpacing(theme.SPACE * 3)
        for card in (self.needs_card, self.figures, self.sensitive, self.seen, self.recorded):
            rows.addWidget(card)
        rows.addStretch()

    def show_you(self, found: You) -> None:
        """Show what was read."""
        self.found = found
        self.needs.show_needs(() if found.drift is None else (found.drift,))
        self.needs_card.setVisible(found.drift is not None)
        self.figures.show_note("shown to you alone")
        self._fill(self.figures, self._figure_rows(found))
        self._fill(self.seen, self._seen_rows(found))
        self._fill_recorded(found)
        self.sensitive.setVisible(found.sensitive is not None)
        if found.sensitive is not None:
            self.sensitive.show_work(found.sensitive)

    def start_afresh(self) -> None:
        """Somebody else works here, or on another project: what the former was shown is nobody else's."""
        self.found = None
        self.needs_card.hide()
        for card in (self.figures, self.seen, self.recorded):
            self._fill(card, [])

    # Inside

    def _figure_rows(self, found: You) -> list[QWidget]:
        rows: list[QWidget] = []
        if found.problem:
            rows.append(label(found.problem, "dim", wrap=True))
        if found.accuracy is not None:
            rows.append(label("Where an answer was confirmed", "strong"))
            rows.append(label(found.accuracy.sentence, "", wrap=True))
            whole = found.accuracy.whole
            if not found.accuracy.reason and whole.n:
                bars = IntervalBar("How your answers meet confirmed ones", 1.0)
                bars.show_values([(whole.right / whole.n, whole.low, whole.high, "accent")], 1.0)
                bars.setMaximumWidth(theme.px(420))
                rows.append(bars)
            rows.append(
                label("From reference items and audits drawn by lot alone, as it stood a week ago.", "small", wrap=True)
            )
        if found.own is not None:
            rows.append(label("Beside what stands", "strong"))
            if found.own.reason:
                rows.append(label(found.own.reason, "dim", wrap=True))
            for part in found.own.parts:
                mean = sum(part.scores) / len(part.scores)
                items = "1 item" if len(part.scores) == 1 else f"{len(part.scores):,} items"
                rows.append(label(f"{part.part}: {number(mean)} on the mean of {items}", "", wrap=True))
            if found.own.parts:
                rows.append(
                    label("1.00 is the same answer everywhere. Every part has a figure of its own.", "small", wrap=True)
                )
        return rows

    def _seen_rows(self, found: You) -> list[QWidget]:
        if found.is_shared:
            says = (
                "Analysts of this project see figures by person; managers see groups of five people or more, without "
                "names; other annotators see nothing of you. The database itself sees to that."
            )
        else:
            says = (
                "This file stands alone: whoever opens it may choose any name, so what is hidden here is hidden by "
                "courtesy. Analysts are shown figures by person; managers groups of five people or more."
            )
        rows: list[QWidget] = [label(says, "", wrap=True)]
        if not found.looks:
            return [*rows, label(NOBODY if LOOKS in found.kept else NOT_KEPT, "dim", wrap=True)]
        lines = [f"{one.name} looked at {one.what}, {date_text(one.at_us)}" for one in found.looks[:MOST_LOOKS]]
        return [*rows, *(label(one, "small", wrap=True) for one in lines)]

    def _fill_recorded(self, found: You) -> None:
        body = self.recorded.body
        assert body is not None
        clear_rows(body)
        self.boxes.clear()
        rows = body.layout()
        assert isinstance(rows, QVBoxLayout)
        for place, one in enumerate(RECORDED):
            if place:
                rows.addWidget(line())
            rows.addWidget(self._recorded_row(one, found))
        hint = "" if found.may_set else "What can be switched is switched by the project's manager."
        if hint:
            rows.addWidget(label(hint, "small", wrap=True))

    def _recorded_row(self, one: Recorded, found: You) -> QWidget:
        row = QWidget()
        grid = QGridLayout(row)
        grid.setContentsMargins(0, 4, 0, 4)
        grid.setHorizontalSpacing(theme.SPACE * 4)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(label(one.what, "", wrap=True), 0, 0, top)
        grid.addWidget(label(one.seen_by, "dim", wrap=True), 0, 1, top)
        if one.policy:
            box = QCheckBox("Keep it in this project")
            box.setAccessibleName(f"Keep it in this project: {one.what}")
            box.setChecked(one.policy in found.kept)
            box.setEnabled(found.may_set)
            box.clicked.connect(lambda on, policy=one.policy: self.switched.emit(policy, on))
            self.boxes[one.policy] = box
            grid.addWidget(box, 1, 0, top)
        return row

    def _fill(self, card: Card, widgets: list[QWidget]) -> None:
        body = card.body
        assert body is not None
        clear_rows(body)
        rows = body.layout()
        assert isinstance(rows, QVBoxLayout)
        for widget in widgets:
            rows.addWidget(widget)


def _column() -> QWidget:
    host = QWidget()
    rows = QVBoxLayout(host)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(theme.SPACE * 2)
    return host
