"""What the keys of the annotate workspace do to the model's suggestions: take, reject, go to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from annodesk.model.annotations import Segment
from annodesk.ui.actions import shown_key
from annodesk.ui.annotate import suggestions as model_side
from annodesk.ui.timeline.segment_paint import percent

if TYPE_CHECKING:
    from annodesk.model.edits import Draft
    from annodesk.ui.annotate.hands import TaskHands


class SuggestionHands:
    """Each answer is one Edit, and moves on; a suggestion that is out of sight is shown first."""

    def __init__(self, hands: TaskHands) -> None:
        self._hands, self.view = hands, hands.view

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {
            "annotate.take": self.take,
            "annotate.reject": self.reject,
            "annotate.take_all": self.take_all,
            "annotate.next_suggestion": lambda: self.step(1),
            "annotate.prev_suggestion": lambda: self.step(-1),
        }

    def take(self) -> bool:
        """Take the focused suggestion and move on."""
        view, element = self.view, self.view.focused_suggestion()
        if element is None:
            view.said.emit("There is no suggestion to take.")
            return False
        if self._show_unseen(element):
            return False
        draft = model_side.take(element, view.annotations, view.schema)
        if not draft:
            view.said.emit("There is no room left for this suggestion.")
            return False
        return self._answer_suggestion(element, draft)

    def reject(self) -> bool:
        """Say that the focused suggestion is not so, and move on."""
        view, element = self.view, self.view.focused_suggestion()
        if element is None:
            view.said.emit("There is no suggestion to reject.")
            return False
        if self._show_unseen(element):
            return False
        return self._answer_suggestion(element, model_side.reject(element, view.annotations))

    def _show_unseen(self, element: model_side.Suggested) -> bool:
        """Bring a suggestion that is out of sight into view instead of answering it; False where it is in view."""
        view = self.view
        if not isinstance(element, Segment) or view.timeline.isHidden():
            return False
        is_shown = element.tier not in view.look.hidden
        if is_shown and view.timeline.state.scale.meets(element.start_us, element.end_us):
            return False
        view.go_to_suggestion(element)
        view.said.emit("The next suggestion was out of sight: here it is.")
        view.take_focus()
        return True

    def _answer_suggestion(self, element: model_side.Suggested, draft: Draft) -> bool:
        view = self.view
        following = view.pending.after(element)
        done = view.stage(draft)
        if done:
            found = view.pending.find(following.id) if following is not None else None
            view.go_to_suggestion(found or view.focused_suggestion())
            self._hands.arrive(view.focused_suggestion())
            self._hands.moved_on()
        view.take_focus()
        return done

    def take_all(self) -> bool:
        """Take all suggestions at or above the threshold as one step."""
        view = self.view
        if view.work is None:
            return False
        draft = model_side.take_all(view.pending, view.annotations, view.schema, view.work.show_above)
        if not draft:
            view.said.emit(f"No suggestion is above {percent(view.work.show_above)}.")
            return False
        done = view.stage(draft)
        if done:
            view.said.emit(f"{draft.verb.capitalize()}; {shown_key('annotate.undo')} takes them back together.")
            view.go_to_suggestion(view.focused_suggestion())
        view.take_focus()
        return done

    def take_rest(self) -> bool:
        """Take all that is suggested as one step; an unsure one that was not met yet is gone to instead.

        True where nothing is left that the person would have to look at first.
        """
        view = self.view
        if view.work is None or not view.can_change or not view.pending.elements:
            return True
        first = model_side.unsure(view.pending, view.work.show_above, view.seen.is_met)
        if first is not None:
            view.go_to_suggestion(first)
            self._hands.arrive(first)
            name = model_side.suggestion_words(first, view.timeline.playhead_us)[1]
            keys = f"{shown_key('annotate.take')} takes it, {shown_key('annotate.reject')} refuses it."
            view.said.emit(f"{name}, {percent(model_side.probability(first))}, is not sure: {keys}")
            view.take_focus()
            return False
        draft = model_side.take_all(view.pending, view.annotations, view.schema, 0.0)
        return view.stage(draft) if draft else True

    def step(self, step: int) -> None:
        """Go to the suggestion after or before the focused one."""
        view, elements = self.view, self.view.pending.elements
        focused = view.focused_suggestion()
        if focused is None:
            return
        place = elements.index(focused) + (step if view.chosen_suggestion else 0)
        found = elements[max(0, min(len(elements) - 1, place))]
        view.go_to_suggestion(found)
        self._hands.arrive(found)
