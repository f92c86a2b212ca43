"""How long a practised person works on the demo beyond listening, with pre-labels and without.

A scripted operator labels all of the demo in the real window, twice, with the same hands: from nothing, and with what
the shipped model suggests. Each gesture is made by the keys that the actions have, and costs what the keystroke-level
model says (S. K. Card, T. P. Moran, A. Newell, "The keystroke-level model for user performance time with interactive
systems", Communications of the ACM 23(7), 1980): a key K 0.28 s (an average typist; 0.20 s for a skilled one), keys
held with it count as keys; pointing P 1.10 s; a mouse button down or up B 0.10 s; a hand to the mouse or back H 0.40 s;
thinking M 1.35 s before each decision and not before what follows from it (a label after its boundary, handing in).

Both hear every segment once, at 1x; that time is left out. Without suggestions a segment is a boundary when it ends,
and its label; a question is the key of its answer; names are gone through by the key that selects the next words that
look like one, and marked by their label's key. With suggestions what is wrong is mended or refused, what is missing is
made as without, while it is heard. A hearing pass, turned on once, plays each task and hands it in at its end by
itself; where it stops, a proposed answer that is not sure is given by its own key, and of anything else one key takes
the rest and hands in. Nobody thinks again about what goes by itself without a stop: they have heard it to its end, as
in both arms, and have said what was wrong by then. Where that is doubted, the report has the ratio with an M for each
of these too (those at which it stops have theirs).
What is right is what the demo's analyst wrote.

The recording stands still while the hands work, because both are counted apart, and then plays its last tenth of a
second to the end, which is what the pass goes by.

Limit: with pre-labels at most a third of the time, and no more errors left. By itself goes what the demo's project
lets go: what is suggested with 75 % and more (``show_above``; 90 % where a project says nothing). How much of that was
wrong, so that the hands had to catch it, is told. The 8 names among 10 words that look like one cost the same either
way, and so do the first answers to the questions, which nobody could propose. Which task comes when is drawn, and makes
a difference of some seconds.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from tests.benchmarks import report

SECONDS = {"K": 0.28, "P": 1.10, "B": 0.10, "H": 0.40, "M": 1.35}
SKILLED_K = 0.20
LIMIT = 1 / 3
SAME = 0.5
"""Of two stretches with one label this share lies in both, where they are the same segment."""
ADJOINS_US = 300_000
PERSON = "Ada"
END_US = 100_000
MOST_ANSWERS = 2
"""So many proposed answers are given one by one; of more the key that takes all the rest is cheaper."""


class Effort(Struct):
    """What somebody did, in operators of the keystroke-level model."""

    did: Counter[str] = field(default_factory=Counter)
    on: dict[str, float] = field(default_factory=lambda: dict.fromkeys(("segment", "answer", "span", "rest"), 0.0))
    """Seconds at the ordinary rate, by what they were spent on."""

    def note(self, about: str) -> None:
        """All that is not noted yet was about this."""
        self.on[about] += self.seconds() - sum(self.on.values())

    def seconds(self, key_s: float = SECONDS["K"]) -> float:
        """How long that takes."""
        return sum(n * (SECONDS | {"K": key_s})[operator] for operator, n in self.did.items())


class Operator:
    """One pair of hands at the window.

    ``by_itself`` counts the tasks at whose end no key was pressed, ``caught`` what was suggested surely and wrong.
    """

    def __init__(self, window: Any, *, is_aided: bool) -> None:
        from annodesk.ui.annotate.actions import ACTIONS

        self.window, self.effort, self.is_aided, self.by_itself, self.caught = window, Effort(), is_aided, 0, 0
        self._keys = {action.id: action.keys for action in ACTIONS}

    @property
    def view(self) -> Any:
        return self.window.workspace.view

    def wait(self, holds: Callable[[], bool] = lambda: True) -> None:
        """Until the window has answered."""
        until(lambda: self.window.is_idle() and self.window.workspace.is_idle() and holds())

    def think(self) -> None:
        self.effort.did["M"] += 1

    def do(self, action: str) -> None:
        """An action by the key that it has."""
        self.press(self._keys[f"annotate.{action}"][0])

    def press(self, chord: str) -> None:
        """A key, with those that are held."""
        from PySide6.QtGui import QKeySequence
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        self.effort.did["K"] += chord.count("+") + 1
        self.wait(lambda: not self.window.workspace.keys.is_deaf)
        QTest.keySequence(QApplication.focusWidget() or self.window, QKeySequence(chord))
        self.wait()

    def begin(self) -> None:
        """Turn the hearing pass on, where the model suggests."""
        if self.is_aided:
            self.think()
            self.do("hearing_pass")
            self.effort.note("rest")

    def label(self, heard: Sequence[Any]) -> None:
        """A task from its first sound to its being handed in."""
        task, wanted = self.view.work.task, list(heard)
        self.view.transport.pause()
        self.view.transport.heard.emit(task.start_us, task.end_us)
        if self.is_aided:
            unsure = self.unsure()
            wrong = [one for one in self.pending() if not any(is_same(one, right) for right in wanted)]
            self.caught += sum(one not in unsure for one in wrong)
            self.answer_suggestions(wanted)
        self.effort.note("segment")
        for kind, make in (("segment", self.draw), ("answer", self.answer)):
            for element in self.missing(wanted, kind):
                make(element)
            self.effort.note(kind)
        self.mark(self.missing(wanted, "span"))
        self.effort.note("span")
        if not self.is_aided:
            self.do("submit")
        else:
            self.by_itself += not self.hear_end(task)
        self.effort.note("rest")
        self.wait(lambda: self.has_left(task))

    def has_left(self, task: Any) -> bool:
        return self.view.work is None or self.view.work.task.id != task.id

    def hear_end(self, task: Any) -> bool:
        """Let it play to its end, and see to what the pass stops at; whether it stopped."""
        hearing, transport = self.window.workspace.hearing, self.view.transport
        transport.play(task.end_us - END_US, task.end_us)
        self.wait(lambda: not transport.is_playing or self.has_left(task))
        has_stopped = False
        while True:
            self.wait(lambda: hearing.phase in ("grace", "open") or self.has_left(task))
            if hearing.phase != "open" or self.has_left(task):
                return has_stopped
            has_stopped = True
            found, unsure = hearing.open_thing.element, self.unsure()
            if found is None or found.KIND != "answer" or len(unsure) > MOST_ANSWERS:
                self.think()
                self.do("take_and_submit" if self.pending() else "submit")
                return True
            self.answer(found)
            self.wait(lambda seen=found: hearing.open_thing is None or hearing.open_thing.element is not seen)

    def unsure(self) -> list[Any]:
        """What is suggested and not sure enough to go by itself."""
        return [one for one in self.pending() if one.origin.suggestion.probability < self.view.work.show_above]

    def answer_suggestions(self, wanted: Sequence[Any]) -> None:
        """Mend or refuse what is wrong; a wrong answer to a question is answered as without."""
        while wrong := [
            one for one in self.pending() if one.KIND != "answer" and not any(is_same(one, heard) for heard in wanted)
        ]:
            self.think()
            self.go_to(wrong[0])
            meant = next((heard for heard in wanted if is_same(wrong[0], heard, as_labelled=False)), None)
            if meant is None or wrong[0].KIND != "segment":
                self.do("reject")
            else:
                self.press(self.key_of("tiers", meant.tier, meant.label))

    def missing(self, wanted: Sequence[Any], kind: str) -> list[Any]:
        """What is neither said nor rightly suggested yet."""
        said = [*self.view.annotations, *self.pending()]
        return [one for one in wanted if kind == one.KIND and not any(is_same(one, mine) for mine in said)]

    def pending(self) -> Sequence[Any]:
        return tuple(self.view.pending.elements)

    def go_to(self, element: Any) -> None:
        """Step to a suggestion."""
        while self.view.chosen_suggestion != element.id:
            focused = self.view.focused_suggestion()
            if focused is not None and focused.id == element.id and element.KIND != "segment":
                return
            elements = list(self.pending())
            is_before = focused is not None and elements.index(focused) > elements.index(element)
            self.do("prev_suggestion" if is_before else "next_suggestion")

    def key_of(self, parts: str, part: str, label: str) -> str:
        schema = self.view.schema
        found = next(one for one in getattr(schema, parts) if one.name == part)
        return next(str(one.key) for one in found.labels if one.name == label)

    def draw(self, segment: Any) -> None:
        """A boundary where it has just ended, and its label; by the mouse where it begins apart from the one before."""
        from annodesk.model.times import Interval

        timeline = self.view.timeline
        before = [one.end_us for one in self.view.annotations.segments(segment.tier) if one.end_us <= segment.end_us]
        begins_us = max(before, default=self.view.work.task.start_us)
        self.think()
        if abs(begins_us - segment.start_us) <= ADJOINS_US:
            timeline.move_playhead(segment.end_us)
            self.do("boundary")
        else:
            self.effort.did += Counter("HPBPBH")
            timeline.state.set_stretch(Interval(segment.start_us, segment.end_us))
        self.press(self.key_of("tiers", segment.tier, segment.label))

    def answer(self, answer: Any) -> None:
        for label in [answer.value] if isinstance(answer.value, str) else answer.value:
            self.think()
            self.press(self.key_of("questions", answer.question, label))

    def mark(self, spans: Sequence[Any]) -> None:
        """Names, one after the other by key; what does not look like one by the mouse."""
        if not spans:
            return
        text, left = self.view.text.view, list(spans)
        self.do("focus_text")
        self.press("N")
        while text.selection[0] < text.selection[1]:
            self.think()
            here = next((one for one in left if (one.start, one.end) == text.selection), None)
            before = text.selection
            self.press("N" if here is None else self.key_of("span_types", here.type, here.labels[0]))
            if here is not None:
                left.remove(here)
            elif text.selection == before:
                break  # that was the last
        for span in left:
            self.think()
            self.effort.did += Counter(
                "HPBPBH" if " " in self.view.work.text.text[span.start : span.end] else "HPBBBBH"
            )
            text.select(span.start, span.end)
            self.press(self.key_of("span_types", span.type, span.labels[0]))


def until(holds: Callable[[], bool]) -> None:
    """Let the window work until something holds; it is an error where it never does."""
    from annodesk.ui.app import wait_until

    if not wait_until(holds):
        raise AssertionError("The window did not come as far as that.")


def is_same(a: Any, b: Any, *, as_labelled: bool = True) -> bool:
    """Whether two elements say the same of the same place."""
    if a.KIND != b.KIND:
        return False
    if a.KIND == "answer":
        return bool(a.question == b.question and (not as_labelled or a.value == b.value))
    if a.KIND == "span":
        return bool((a.type, a.start, a.end) == (b.type, b.start, b.end) and (not as_labelled or a.labels == b.labels))
    alike = a.tier == b.tier and (not as_labelled or a.labels == b.labels)
    return bool(alike and a.interval.iou(b.interval) >= SAME)


def errors_left(heard: Sequence[Any], said: Sequence[Any]) -> int:
    """What is missing, and what is said that is not so."""
    missing = [one for one in heard if not any(is_same(one, mine) for mine in said)]
    asked = {one.question for one in heard if one.KIND == "answer"}
    judged = [one for one in said if one.KIND != "answer" or one.question in asked]
    return len(missing) + sum(not any(is_same(one, mine) for mine in heard) for one in judged)


def make_file(folder: Path, *, is_aided: bool) -> Path:
    """The demo with one place on each task, for one person, with the model's suggestions or without."""
    from annodesk import paths
    from annodesk.model.work import Role
    from annodesk.services import Services

    folder.mkdir()
    shipped = paths.resource("demo")
    words = (shipped / "project.toml").read_text(encoding="utf-8").replace("overlap = 2", "overlap = 1")
    shown = words if is_aided else words.replace('show = "before"', 'show = "never"')
    (folder / "project.toml").write_text(shown, encoding="utf-8")
    (folder / "guidelines.md").write_bytes((shipped / "guidelines.md").read_bytes())
    media = [path for path in sorted(shipped.iterdir()) if path.suffix in (".flac", ".mp4", ".txt")]
    with Services.open(folder / "demo.annodesk", create=True) as services:
        project = services.projects.init(folder / "project.toml")
        services.people.add(project.id, PERSON, Role.ANNOTATOR)
        services.items.add(project.id, media)
        services.coordinator.round(project.id)
        if is_aided:
            services.prelabel.run(project.id)
    return folder / "demo.annodesk"


def work_through(path: Path, *, is_aided: bool) -> tuple[Operator, int, int]:
    """All tasks in the window; who did it, the errors that are left, and how much was suggested."""
    from annodesk import paths
    from annodesk.services import Services
    from annodesk.services.demo_people import WrittenEar
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.window import MainWindow

    ear = WrittenEar(paths.resource("demo/answers/cleo.jsonl"))
    window = MainWindow(Jobs(), path, person=PERSON)
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    until(lambda: window.context is not None and window.is_idle())
    operator, wrong, suggested = Operator(window, is_aided=is_aided), 0, 0
    with Services.open(path, read_only=True) as services:
        project = services.projects.find()
        person = services.people.find(PERSON)
        cards = services.tasks.cards(project.id, person.id)
    done: set[str] = set()
    try:
        operator.wait(lambda: operator.view.work is not None)
        operator.begin()
        for card in cards:
            if not is_aided:
                window.open_task("annotate", card.task_id)
            operator.wait(lambda: operator.view.work is not None and operator.view.work.task.id not in done)
            work = operator.view.work
            done.add(work.task.id)
            heard = ear.hear(work.item, work.task, operator.view.schema)
            suggested += len(operator.pending())
            set_id = operator.view.annotations.id
            operator.label(heard)
            with Services.open(path, read_only=True) as services:
                wrong += errors_left(heard, [*services.annotate.reload(set_id)[0]])
    finally:
        window.close()
    return operator, wrong, suggested


def main() -> None:
    """Both ways, one after the other, over all of the demo."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from annodesk.ui.app import make_app

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what in ("CACHE", "CONFIG", "DATA"):
            os.environ[f"ANNODESK_{what}"] = str(folder / what.lower())
        app = make_app("dark")  # noqa: F841 - keeps it alive
        alone, left_without, _ = work_through(make_file(folder / "without", is_aided=False), is_aided=False)
        helped, left_aided, suggested = work_through(make_file(folder / "aided", is_aided=True), is_aided=True)
    without, aided = alone.effort, helped.effort
    with_thoughts = aided.seconds() + helped.by_itself * SECONDS["M"]
    report(
        "effort beyond listening on the demo, with pre-labels",
        aided.seconds(),
        "s",
        baseline=without.seconds(),
        baseline_is="the same hands without pre-labels",
        limit=LIMIT,
        skilled_ratio=round(aided.seconds(SKILLED_K) / without.seconds(SKILLED_K), 3),
        by_itself=helped.by_itself,
        ratio_with_a_thought_for_each=round(with_thoughts / without.seconds(), 3),
        suggested=suggested,
        sure_and_wrong=helped.caught,
        on=json.dumps({about: round(seconds, 1) for about, seconds in aided.on.items()}),
        baseline_on=json.dumps({about: round(seconds, 1) for about, seconds in without.on.items()}),
        operators=json.dumps(aided.did),
        baseline_operators=json.dumps(without.did),
    )
    report("errors left on the demo, with pre-labels", left_aided, "elements", limit=left_without, without=left_without)


if __name__ == "__main__":
    main()
