"""What the analyst rules at the places of the open item, by a key or by hand, and what comes after a ruling."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from annodesk.errors import AnnodeskError
from annodesk.model.outcomes import OutcomeKind
from annodesk.model.schema import QuestionKind
from annodesk.model.times import Interval
from annodesk.ui import advance
from annodesk.ui.actions import shown_key
from annodesk.ui.annotate.reasons import ReasonDialog
from annodesk.ui.review.places import Places, touches
from annodesk.ui.review.wording import after_text, outcome_text, ruling_hint

if TYPE_CHECKING:
    from annodesk.model.annotations import Span
    from annodesk.model.edits import Draft
    from annodesk.quality.disagreements import Disagreement
    from annodesk.services.review import ReviewWork
    from annodesk.ui.review.workspace import ReviewWorkspace

EXCLUDE_REASONS = (
    "cannot be heard or seen well enough",
    "not in a language of this project",
    "content that must not be used",
    "the recording or the text is faulty",
    "another reason",
)
_OUTCOMES = {"S": OutcomeKind.SEVERAL, "U": OutcomeKind.UNDECIDED}


class Decisions:
    """The rulings of one workspace's open item."""

    def __init__(self, workspace: ReviewWorkspace) -> None:
        self._room = workspace
        self.dialog: ExcludeDialog | None = None
        self.before = ""
        """What was ruled at the place before, and what the model says there, once it may be seen."""

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {
            "review.average": partial(self.rule, "M"),
            "review.neither": partial(self.rule, "N"),
            "review.several": partial(self.rule, "S"),
            "review.undecided": partial(self.rule, "U"),
            "review.exclude": partial(self.rule, "X"),
            "review.exclude_item": self.turn_item,
            "review.open_again": self.open_again,
        }

    # What stands

    @property
    def word(self) -> str:
        """What is ruled at the present place, in one word; empty where nothing is."""
        from annodesk.services import decisions

        current = self._room.places.current
        if self._room.editor is None or current is None:
            return ""
        return decisions.ruling(self._room.editor.annotations, current)

    def taken_in(self, places: Places) -> Places:
        """The places, with what is ruled now."""
        from annodesk.services import decisions

        editor = self._room.editor
        if editor is None:
            return places
        annotations = editor.annotations
        rulings = {one.key: word for one in places.disagreements if (word := decisions.ruling(annotations, one))}
        found = {one.key: decisions.outcome(annotations, one) for one in places.disagreements}
        outcomes = {key: outcome_text(one) for key, one in found.items() if one is not None}
        is_excluded = decisions.outcome(annotations) is not None
        return places.with_ruled(rulings.keys(), rulings, outcomes, is_excluded=is_excluded)

    def item_words(self) -> str:
        """Why the whole item is left out; empty where it is not."""
        from annodesk.services import decisions

        editor = self._room.editor
        found = decisions.outcome(editor.annotations) if editor is not None else None
        return found.reason or "no reason given" if found is not None else ""

    def can_average(self) -> bool:
        """Whether the present place is one edge."""
        from annodesk.services import decisions

        room = self._room
        if room.work is None or room.places.current is None:
            return False
        try:
            decisions.average(room.work, room.places.current)
        except AnnodeskError:
            return False
        return True

    def hint(self) -> str:
        """What stands under the rulings: why nothing can be ruled, what to do next, or what was ruled just before."""
        room = self._room
        if room.editor is None:
            return ""
        if room.editor.locked:
            return room.editor.locked
        if room.places.is_excluded:
            return f"The whole item is left out: {self.item_words()}."
        if room.places.current is None:
            return ""
        kept = room.places.outcomes.get(room.places.current.key, "")
        done = "" if room.places.open_ones else f"All is ruled: {shown_key('review.settle')} settles."
        return ruling_hint(self.word, room.places.current) or " ".join(filter(None, (kept, self.before, done)))

    # Ruling

    def rule(self, how: str) -> None:
        """Rule the present place.

        ``how`` is a side's letter, ``M`` for the average, ``N`` for neither, ``S`` for several acceptable answers,
        ``U`` for one that cannot be decided, ``X`` for one that is left out.
        """
        room = self._room
        current = room.places.current
        if room.work is None or room.editor is None or current is None:
            return
        if room.places.is_excluded:
            room.say(f"The whole item is left out; {shown_key('review.exclude_item')} takes it in again.")
        elif how == "X":
            self._ask("Exclude this place", partial(self._exclude, current))
        elif how == "N" and self.word in ("own", "neither"):
            self.prepare_own()
        elif how == "draw":
            room.hands.draw()
        else:
            self._do(current, self._maker(how), stays=how == "N")

    def fill(self, label: str) -> None:
        """Rule that the present place is all of one label."""
        from annodesk.services import decisions

        current = self._room.places.current
        if self._room.work is not None and self._room.editor is not None and current is not None:
            self._do(current, lambda work, place: decisions.fill(work, place, label))

    def _maker(self, how: str) -> Callable[[ReviewWork, Disagreement], Draft]:
        from annodesk.services import decisions

        if how in _OUTCOMES:
            return partial(_of_kind, decisions.no_one_answer, _OUTCOMES[how], "")
        return {"M": decisions.average, "N": decisions.clear}.get(how) or partial(_take, decisions.take, how)

    def _exclude(self, place: Disagreement, reason: str) -> None:
        from annodesk.services import decisions

        if self._room.places.current == place:
            self._do(place, partial(_of_kind, decisions.no_one_answer, OutcomeKind.EXCLUDED, reason))

    def _do(
        self, place: Disagreement, make: Callable[[ReviewWork, Disagreement], Draft], *, stays: bool = False
    ) -> None:
        room = self._room
        assert room.work is not None
        assert room.editor is not None
        try:
            draft = make(room.work, place)
        except AnnodeskError as error:
            room.say(str(error))
            return
        was_open = not room.places.is_ruled
        if not room.editor.stage(draft):
            room.take_focus()
            return
        if stays:
            self.prepare_own()
        elif was_open:
            self._go_on(place)
        room.take_focus()

    def _go_on(self, place: Disagreement) -> None:
        """After a decision: the next place still to rule, where the analyst wants that."""
        room = self._room
        if advance.is_on(room.context.person_id, from_start=True) and room.places.open_ones:
            ruled = room.places.rulings.get(place.key, "")
            self.before = after_text(place, ruled, room.desk.hidden_lines(place, room.places), room.desk.text)
            room.go_to(room.places.next_open())
            room.keys.hold_off()

    def stage(self, draft: Draft | None) -> bool:
        """Store a gesture; where it touches the place that is looked at, the analyst's own answer stands there.

        Where the place is filled by that, the decision is made, and the next place comes.
        """
        from annodesk.services import decisions

        room = self._room
        if draft is None or room.editor is None or room.work is None:
            return False
        current, before = room.places.current, self.word
        if current is not None and before != decisions.OWN and touches(draft, current):
            draft = decisions.own(room.work, current, draft)
        is_done = room.editor.stage(draft)
        self.go_on_if_whole(current, before)
        return is_done

    def go_on_if_whole(self, place: Disagreement | None, before: str) -> None:
        """Go on where an own answer has just made a place whole; ``before`` is what was ruled there until then."""
        room = self._room
        is_new = place is not None and room.places.current == place and before in ("", "neither")
        if is_new and place is not None and self.word == "own" and self._is_whole(place):
            self._go_on(place)

    def _is_whole(self, place: Disagreement) -> bool:
        """Whether what the analyst drew or answered says all there is to say at a place."""
        room = self._room
        assert room.work is not None
        assert room.editor is not None
        own, schema = room.editor.annotations, room.work.project.schema
        if place.is_question:
            question = next((q for q in schema.questions if q.name == place.part), None)
            is_one = question is not None and question.kind in (QuestionKind.CHOICE, QuestionKind.RATING)
            return is_one and own.answer(place.part) is not None
        if place.start_us is not None and place.end_us is not None:
            found = own.segments_in(place.part, place.start_us, max(place.end_us, place.start_us + 1))
            needs_label = bool(schema.tier(place.part).labels)
            if not found or any(needs_label and not s.labels for s in found):
                return False
            covered = sum(min(s.end_us, place.end_us) - max(s.start_us, place.start_us) for s in found)
            return covered >= place.end_us - place.start_us
        spans = [s for s in own.spans(place.asset) if s.type == place.part] if place.asset is not None else []
        return any(_is_over(span, place) for span in spans)

    def prepare_own(self) -> None:
        """Make ready to draw at the present place: its time is selected, or its words."""
        room = self._room
        current = room.places.current
        if current is not None and current.start_us is not None and current.end_us is not None:
            room.desk.view.active_lane = room.desk.own_lane
            if current.end_us > current.start_us:
                room.desk.view.state.set_stretch(Interval(current.start_us, current.end_us))

    def open_again(self) -> None:
        """Take the ruling of the present place back."""
        from annodesk.services import decisions

        room = self._room
        current = room.places.current
        if room.work is None or room.editor is None or current is None:
            return
        if not room.places.is_ruled:
            room.say("This place is open.")
            return
        room.editor.stage(decisions.open_again(room.work, current))
        room.take_focus()

    def turn_item(self) -> None:
        """Leave the whole item out, with a reason; take it in again where it is left out."""
        from annodesk.services import decisions

        room = self._room
        if room.work is None or room.editor is None:
            return
        if room.places.is_excluded:
            room.editor.stage(decisions.exclude_item(room.work, ""))
            room.say("The item is in again.")
        else:
            self._ask("Exclude the whole item", self._exclude_item)

    def _exclude_item(self, reason: str) -> None:
        from annodesk.services import decisions

        room = self._room
        if room.work is not None and room.editor is not None:
            room.editor.stage(decisions.exclude_item(room.work, reason))

    def _ask(self, title: str, then: Callable[[str], None]) -> None:
        room = self._room
        if room.editor is not None and room.editor.locked:
            room.say(room.editor.locked)
            return
        room.transport.pause()
        self.dialog = ExcludeDialog(title, room)
        self.dialog.given.connect(lambda reason, note: then(note if reason == EXCLUDE_REASONS[-1] else reason))
        self.dialog.finished.connect(self._after_dialog)
        self.dialog.open()

    def _after_dialog(self) -> None:
        self._room.window().activateWindow()
        self._room.take_focus()


class ExcludeDialog(ReasonDialog):
    """Why a place or an item is left out: the number of a reason is enough, another one is written."""

    def __init__(self, title: str, parent: ReviewWorkspace) -> None:
        says = "It carries no answer and is exported as excluded, with this reason."
        super().__init__(title, says, EXCLUDE_REASONS, "Exclude", parent, note="Which one?")

    def choose(self, number: int) -> None:
        """A reason of the list is given at once; of another the words are asked for."""
        if number < len(EXCLUDE_REASONS):
            self.given.emit(EXCLUDE_REASONS[number - 1], "")
            self.accept()
        else:
            super().choose(number)


def _is_over(span: Span, place: Disagreement) -> bool:
    assert place.start is not None
    assert place.end is not None
    return span.start < place.end and span.end > place.start


def _take(
    take: Callable[[ReviewWork, Disagreement, str], Draft], letter: str, work: ReviewWork, at: Disagreement
) -> Draft:
    return take(work, at, letter)


def _of_kind(
    make: Callable[[ReviewWork, Disagreement, OutcomeKind, str], Draft],
    kind: OutcomeKind,
    reason: str,
    work: ReviewWork,
    at: Disagreement,
) -> Draft:
    return make(work, at, kind, reason)
