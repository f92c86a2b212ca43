"""The section about the model: which one suggests, what else there is, a trial before it is taken, and the canary."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QProgressBar

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.ui import theme
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import label, restyle
from annodesk.ui.quality.figures import percent
from annodesk.ui.setup.choices import Choice, Choices
from annodesk.ui.setup.modelling import KnownModel, Models, check_file, fetch_by_name, read_models, try_model
from annodesk.ui.setup.page import Card, SectionPage, facts_line, say
from annodesk.ui.setup.words import CANARY, MODEL, PROMPTS, model_name

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from annodesk.services.canary import CanaryReport
    from annodesk.services.trials import Trial
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request
    from annodesk.ui.setup.draft import Draft

CANARY_SHARE = 0.10
GGUF = "Models (*.gguf);;All files (*)"


class ModelPage(SectionPage):
    """A model that is chosen is a change like any other: it is tried, run beside the old one, or set."""

    id = "model"
    reads_soon = True

    def __init__(self, context: Context, draft: Draft) -> None:
        self.found: Models | None = None
        self.picked: tuple[KnownModel, ...] = ()
        self.trial: Trial | None = None
        self._tried = ""
        self._request: Request | None = None
        self._busy: Request | None = None
        super().__init__(context, draft)

    def build(self) -> None:
        self.use = Card("In use")
        self.name, self.state, self.facts = label("", "title"), label("", wrap=True), label("", "small", wrap=True)
        self.use.add(self.name, self.state, self.facts)
        self.others = Card("Choose another")
        self.choices = Choices("Models of this computer")
        self.choices.chosen.connect(self._on_chosen)
        self.file = KeyButton("A model file …", "setup.model_file", by_tab=True)
        self.file.clicked.connect(self.ask_file)
        self.field = _NameField()
        self.field.setPlaceholderText(
            "owner/model:kind on Hugging Face, such as Qwen/Qwen2.5-0.5B-Instruct-GGUF:Q4_K_M"
        )
        self.field.setAccessibleName("Name of a model to fetch")
        self.field.setMaxLength(400)
        self.field.sent.connect(self.fetch)
        self.fetches = KeyButton("Fetch", "setup.model_name", by_tab=True)
        self.fetches.clicked.connect(self.fetch)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("How far it is")
        self.busy = label("", "dim", wrap=True)
        ways = QHBoxLayout()
        ways.setSpacing(theme.SPACE * 2)
        ways.addWidget(self.file)
        ways.addWidget(self.field, 1)
        ways.addWidget(self.fetches)
        self.others.add(self.choices)
        self.others.column.addLayout(ways)
        self.others.add(self.progress, self.busy)
        self.trying = Card("Before it is taken")
        self.trying_words = label("", "dim", wrap=True)
        self.tries = KeyButton("Try it for half a minute", "setup.trial", role="primary", by_tab=True)
        self.tries.clicked.connect(self.try_it)
        self.beside = KeyButton(f"Run it beside the old one on {percent(CANARY_SHARE)}", "setup.canary", by_tab=True)
        self.beside.clicked.connect(self.run_beside)
        self.result, self.result_facts = label("", "strong", wrap=True), label("", "small", wrap=True)
        both = QHBoxLayout()
        both.setSpacing(theme.SPACE * 2)
        both.addWidget(self.tries)
        both.addWidget(self.beside)
        both.addStretch()
        self.trying.add(self.trying_words)
        self.trying.column.addLayout(both)
        self.trying.add(self.result, self.result_facts)
        self.canary = Card("Beside the old one")
        self.canary_words, self.canary_facts = label("", "strong", wrap=True), label("", "dim", wrap=True)
        self.promotes = KeyButton("Let it take over", "setup.promote", role="primary", by_tab=True)
        self.ends = KeyButton("End the comparison", "setup.end_canary", role="flat", by_tab=True)
        self.promotes.clicked.connect(self.promote)
        self.ends.clicked.connect(self.end_canary)
        last = QHBoxLayout()
        last.setSpacing(theme.SPACE * 2)
        last.addWidget(self.promotes)
        last.addWidget(self.ends)
        last.addStretch()
        self.canary.add(self.canary_words, self.canary_facts)
        self.canary.column.addLayout(last)
        self.add(self.use, self.canary, self.others, self.trying)
        for part in (self.progress, self.busy, self.trying, self.canary, self.result, self.result_facts):
            part.hide()

    # What the page asks

    def take_focus(self) -> None:
        self.choices.setFocus()

    def show_policy(self) -> None:
        may_set = self.draft.may_set
        for part in (self.choices, self.file, self.field, self.fetches):
            part.setEnabled(may_set)
        self._show()

    def read(self) -> None:
        context = self.context
        self._request = context.jobs.background(
            read_models,
            context.services,
            context.project_id,
            on_done=self._on_read,
            on_error=self._on_error,
            key="models",
            what="look at the models",
        )

    def release(self) -> None:
        if self._request is not None:
            self._request.cancel()
            self._request, self.is_stale = None, True

    @property
    def wanted(self) -> str:
        """The model that would be used once everything is set."""
        return str(self.draft.value(MODEL) or "")

    @property
    def is_other(self) -> bool:
        """Whether that is another than the one in use."""
        return self.draft.version is not None and self.wanted != str(self.draft.stands(MODEL) or "")

    @property
    def can_promote(self) -> bool:
        """Whether the canary has shown that it is not worse."""
        report = self.found.canary if self.found is not None else None
        return report is not None and report.verdict.is_not_worse and self.draft.may_set

    # What the keys do

    def ask_file(self) -> None:
        """Let the person choose a model file."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Choose a model file", str(Path.home()), GGUF)
        if chosen:
            self.take_file(Path(chosen))

    def take_file(self, path: Path) -> None:
        """Check a file, and take it where it can be used."""
        self._begin(f"Looking at {path.name} …")
        self._busy = self.context.jobs.background(
            check_file,
            self.context.services,
            path,
            on_done=self._on_new,
            on_error=self._on_not_new,
            key="model-new",
            what="check a model file",
        )

    def to_name(self) -> None:
        """Give the line for names the keys."""
        self.field.setFocus()
        self.ensureWidgetVisible(self.field)

    def fetch(self) -> None:
        """Fetch the model that was named; what came before it was stopped is not fetched again."""
        name = self.field.text().strip()
        if not name:
            self.to_name()
            return
        self._begin(f"Fetching {name} …", has_bar=True)
        self._busy = self.context.jobs.background(
            fetch_by_name,
            self.context.services,
            name,
            on_done=self._on_new,
            on_error=self._on_not_new,
            on_progress=self._on_progress,
            key="model-new",
            what="fetch a model",
        )

    def try_it(self) -> None:
        """Half a minute on the project's own settled items."""
        self.trial, self._tried = None, self.wanted
        self._begin(f"Trying {model_name(self.wanted)} …", has_bar=True)
        self._busy = self.context.jobs.background(
            partial(try_model, model=self.wanted, prompts=self._prompts()),
            self.context.services,
            self.context.project_id,
            on_done=self._on_tried,
            on_error=self._on_not_new,
            on_progress=self._on_progress,
            key="model-new",
            what="try a model",
        )

    def run_beside(self) -> None:
        """Keep the old one, and have the new one answer a share of the items beside it."""
        if self.is_other and self.draft.may_set:
            self.draft.put(CANARY, {"model": self.wanted, "share": CANARY_SHARE})
            self.draft.put(MODEL, self.draft.stands(MODEL))

    def promote(self) -> None:
        """Let the canary take over."""
        if self.can_promote and self.found is not None and self.found.canary is not None:
            self.draft.put(MODEL, self.found.canary.model)
            # What it was asked in other words goes with it.
            if prompts := getattr(self.draft.stands(CANARY), "prompts", ()):
                self.draft.put(PROMPTS, dict(prompts))
            self.draft.put(CANARY, None)

    def end_canary(self) -> None:
        """Go on with the old one alone."""
        self.draft.put(CANARY, None)

    # Inside

    def _prompts(self) -> dict[str, str]:
        """The prompts as they would stand."""
        found = self.draft.value(PROMPTS)
        return dict(found) if isinstance(found, Mapping) else {}

    def _begin(self, words: str, *, has_bar: bool = False) -> None:
        say(self.busy, words)
        restyle(self.busy, "dim")
        self.progress.setVisible(has_bar)
        self.progress.setRange(0, 1000)
        self.progress.setValue(0)

    def _on_progress(self, share: float, words: str) -> None:
        self.progress.setValue(round(1000 * share))
        if words:
            say(self.busy, f"{words[:1].upper()}{words[1:]} …")

    def _on_read(self, found: Models) -> None:
        self._request, self.found = None, found
        self._show()

    def _on_error(self, error: Exception) -> None:
        self._request, self.is_stale = None, True
        if isinstance(error, AnnodeskError) and not isinstance(error, Cancelled):
            self._show_error(error)
        elif not isinstance(error, Cancelled):
            self.context.notices.error(error, "look at the models")

    def _on_new(self, found: KnownModel) -> None:
        self._end()
        self.picked = (*(one for one in self.picked if one.named != found.named), found)
        self.field.clear()
        self.draft.put(MODEL, found.named)
        self._show()
        self.choices.setFocus()

    def _on_not_new(self, error: Exception) -> None:
        self._end()
        if isinstance(error, AnnodeskError) and not isinstance(error, Cancelled):
            self._show_error(error)
        elif not isinstance(error, Cancelled):
            self.context.notices.error(error, "get a model")

    def _show_error(self, error: AnnodeskError) -> None:
        say(self.busy, f"{error.sentence} {error.hint}".strip())
        restyle(self.busy, "bad")

    def _on_tried(self, trial: Trial) -> None:
        self._end()
        self.trial = trial
        self._show()

    def _end(self) -> None:
        self._busy = None
        say(self.busy, "")
        self.progress.hide()

    def _on_chosen(self, named: str) -> None:
        self.draft.put(MODEL, named)

    def _show(self) -> None:
        found, stands = self.found, str(self.draft.stands(MODEL) or "")
        self.name.setText(model_name(stands)[:1].upper() + model_name(stands)[1:])
        if found is None:
            say(self.state, "Looking at the models of this computer …")
            say(self.facts, "")
            self.tell("")
            return
        in_use = found.in_use
        say(self.state, in_use.sentence)
        restyle(self.state, "ok" if in_use.ok else "bad")
        say(self.facts, in_use.text)
        known = {one.named: one for one in (*found.known, *self.picked)}
        if self.wanted and self.wanted not in known:
            known[self.wanted] = KnownModel(self.wanted, model_name(self.wanted), "", True)
        rows = [
            Choice(one.named, one.title, one.text, "in use" if one.named == stands else "") for one in known.values()
        ]
        self.choices.show_choices(rows, self.wanted)
        self.trying.setVisible(self.is_other)
        self.trying_words.setText(
            f"{model_name(self.wanted)} is chosen, and not set yet. Try it first on what people of this project have "
            "settled, or let it answer some of the items beside the old one, unseen, until it is known to be no worse."
        )
        self._show_trial()
        self._show_canary(found.canary)
        self.tell(f"{model_name(stands)}" if in_use.ok else "cannot be used", "" if in_use.ok else "warn")

    def _show_trial(self) -> None:
        trial = self.trial if self._tried == self.wanted else None
        say(self.result, trial.sentence if trial is not None else "")
        if trial is None:
            say(self.result_facts, "")
            return
        speed = f"{trial.seconds_each:.1f} s a piece" if trial.seconds_each is not None else ""
        whole = f"about {trial.whole_s / 3600:.1f} h for the whole project" if trial.whole_s is not None else ""
        off = f"{percent(trial.off_format)} of what it would say is no label" if trial.off_format is not None else ""
        say(self.result_facts, facts_line(f"{trial.load_s:.1f} s to load", speed, whole, off, *trial.problems[:2]))

    def _show_canary(self, report: CanaryReport | None) -> None:
        wanted = self.draft.value(CANARY)
        self.canary.setVisible(report is not None and wanted is not None)
        if report is None:
            return
        say(self.canary_words, report.sentence)
        say(self.canary_facts, facts_line(
            f"{model_name(report.model)} answers {percent(report.share)} of the items, unseen",
            f"{report.answered:,} so far",
            f"{report.verdict.n:,} with people's own answers",
        ))  # fmt: skip
        self.promotes.setEnabled(self.can_promote)
        self.ends.setEnabled(self.draft.may_set)


class _NameField(QLineEdit):
    """Return sends what was typed."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = self.returnPressed

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers():
            event.ignore()  # Ctrl+Return sets the changes
            return
        super().keyPressEvent(event)
