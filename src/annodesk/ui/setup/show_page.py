"""The section about when people see suggestions: the show mode, from which probability on, and who sees none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.ui.parts import label
from annodesk.ui.quality.figures import percent
from annodesk.ui.setup.choices import Choice, Choices
from annodesk.ui.setup.page import Card, SectionPage, say
from annodesk.ui.setup.reading import Sureness, read_sureness
from annodesk.ui.setup.strips import ShareStrip, SureStrip
from annodesk.ui.setup.words import HEARD, SHOW, SHOW_ABOVE, SHOWN, UNAIDED

if TYPE_CHECKING:
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request
    from annodesk.ui.setup.draft import Draft

MODES = (
    Choice("above-threshold", SHOWN["above-threshold"],
           "The surest suggestions are there from the start; the others are never shown.", "default"),
    Choice("before", SHOWN["before"],
           "All suggestions are there from the start. Fastest where labels are matters of fact. What people say then "
           "is not independent of the model, and is counted so."),
    Choice("after-commit", SHOWN["after-commit"],
           "People answer first and press Done; then they compare, and may change their mind. Best where labels are "
           "matters of judgement: of 410 people who saw suggestions first, many gave other answers and none were "
           "faster."),
    Choice("never", SHOWN["never"],
           "The model works beside people as one more annotator: it can raise a doubt, and nobody sees what it says."),
)  # fmt: skip
BY_ITSELF, BY_HAND = "by itself", "by hand"
HEARD_CHOICES = (
    Choice(BY_ITSELF, "A hearing pass may hand in",
           "Who turns one on hears each task to its end; where all is as sure as the threshold, it then goes by "
           "itself, stored as taken in bulk.", "default"),
    Choice(BY_HAND, "Only people hand in, each task by a key",
           "Best where labels are matters of judgement: silence is no answer."),
)  # fmt: skip
NONE_UNAIDED = "With none, nobody can tell what suggestions do to people, and nothing can be calibrated."
ENOUGH = 20


class ShowPage(SectionPage):
    """Follows the draft; the bars show what the model said so far."""

    id = "show"

    def __init__(self, context: Context, draft: Draft) -> None:
        self.sureness: Sureness | None = None
        self._request: Request | None = None
        super().__init__(context, draft)

    def build(self) -> None:
        self.modes = Choices("When people see suggestions")
        self.modes.show_choices(MODES, "")
        self.modes.chosen.connect(lambda mode: self.draft.put(SHOW, mode))
        self.above_card, self.unaided_card = Card("From how sure on", "setup.threshold"), Card("Tasks without any")
        self.above, self.above_words = SureStrip("From how sure on", low=0.0), label("", wrap=True)
        self.above.moved.connect(lambda value: self.draft.put(SHOW_ABOVE, value))
        self.above_note = label("", "dim", wrap=True)
        self.above_card.add(self.above, self.above_words, self.above_note)
        self.unaided = ShareStrip("Tasks without any suggestion", of="of the tasks")
        self.unaided.moved.connect(lambda value: self.draft.put(UNAIDED, value))
        self.unaided_words = label("", wrap=True)
        self.unaided_card.add(self.unaided, self.unaided_words)
        self.heard_card, self.heard = Card("What was heard to its end"), Choices("What was heard to its end")
        self.heard.show_choices(HEARD_CHOICES, "")
        self.heard.chosen.connect(lambda chosen: self.draft.put(HEARD, chosen == BY_ITSELF))
        self.heard_card.add(self.heard)
        self.add(self.modes, self.above_card, self.unaided_card, self.heard_card)

    def take_focus(self) -> None:
        self.modes.setFocus()

    def show_policy(self) -> None:
        mode, may_set = str(self.draft.value(SHOW) or ""), self.draft.may_set
        self.modes.show_choices(MODES, mode)
        for part in (self.modes, self.above, self.unaided, self.heard):
            part.setEnabled(may_set)
        self.above.show_at(self.draft.share(SHOW_ABOVE))
        self.unaided.show_at(self.draft.share(UNAIDED))
        self.heard.show_choices(HEARD_CHOICES, BY_HAND if self.draft.value(HEARD) is False else BY_ITSELF)
        self.heard_card.setVisible(mode in ("above-threshold", "before"))
        self.above_card.setVisible(mode in ("above-threshold", "before"))
        self.above_note.setText(
            "The others stay unseen, and still help to check people's answers."
            if mode == "above-threshold"
            else "All are shown; those above are taken together by one key."
        )
        unaided = self.draft.share(UNAIDED)
        self.unaided_card.setVisible(mode != "never")
        self.unaided_words.setText(
            f"{percent(unaided)} of the tasks show nothing, picked by chance: they tell what suggestions do, and what "
            "the model is worth."
            if unaided
            else NONE_UNAIDED
        )
        self._say_above()
        words = SHOWN.get(mode, mode)
        if mode == "above-threshold":
            words = f"From {percent(self.draft.share(SHOW_ABOVE))} on"
        if mode != "never":
            words = f"{words} · {percent(unaided)} without"
        self.tell(words, "warn" if mode != "never" and not unaided else "")

    def read(self) -> None:
        context = self.context
        self._request = context.jobs.background(
            read_sureness,
            context.services,
            context.project_id,
            on_done=self._show,
            on_error=self._on_error,
            key="sureness",
            what="read how sure the model was",
        )

    def release(self) -> None:
        if self._request is not None:
            self._request.cancel()
            self._request, self.is_stale = None, True

    def _show(self, found: Sureness) -> None:
        self._request, self.sureness = None, found
        self.above.show_values(found.probabilities)
        self._say_above()

    def _on_error(self, error: Exception) -> None:
        self._request, self.is_stale = None, True
        if not isinstance(error, Cancelled):
            say(self.above_words, str(error) if isinstance(error, AnnodeskError) else "It could not be read.")
            if not isinstance(error, AnnodeskError):
                self.context.notices.error(error, "read how sure the model was")

    def _say_above(self) -> None:
        found = self.sureness
        if found is None:
            self.above_words.setText("Reading what the model said so far …")
            return
        many = len(found.probabilities)
        if many < ENOUGH:
            self.above_words.setText(
                "The model has said too little here yet to tell what would be shown. Let it pre-label first."
            )
            return
        above = sum(one >= self.draft.share(SHOW_ABOVE) - 1e-9 for one in found.probabilities)
        told = f"From {percent(self.draft.share(SHOW_ABOVE))} on, {above:,} of its {many:,} suggestions so far"
        self.above_words.setText(f"{told} ({percent(above / many)}).")
