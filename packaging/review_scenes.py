"""Projects that the README's pictures of the review desk are taken in: questions about a text, and words in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from annodesk.model.annotations import Answer, Element, Span, answer_id
from annodesk.model.edits import add
from annodesk.model.ids import new_id
from annodesk.model.work import Role
from annodesk.paths import resource
from annodesk.services import Services
from annodesk.ui import advance, theme
from annodesk.ui.app import make_app, wait_until
from annodesk.ui.jobs import Jobs
from annodesk.ui.review.workspace import ReviewWorkspace
from annodesk.ui.window import MainWindow

LONGEST_S = 120.0
ANALYST, PEOPLE = "Cleo", ("Ada", "Ben", "Eve")
WORKFLOW = """
[workflow]
overlap = 3
overlap_share = 1.0
escalate_below = 0.99
audit_share = 0.0
reference_share = 0.0

[prelabel]
show = "never"
"""
QUESTIONS = """
name = "host-reads"
guidelines = "guidelines.md"
languages = ["en"]

[[question]]
name = "tone"
kind = "choice"
labels = ["plain", "warm", "ironic"]

[[question]]
name = "topics"
kind = "multi-label"
labels = ["music", "travel", "craft", "money"]

[[question]]
name = "promotes a product"
kind = "choice"
labels = ["yes", "no"]
not_sure = true

[[question]]
name = "suits children"
kind = "choice"
labels = ["yes", "with an adult", "no"]

[[question]]
name = "clarity"
kind = "rating"
scale = [1, 5]
"""
SPANS = """
name = "names"
guidelines = "guidelines.md"
languages = ["en"]

[[span]]
name = "entity"
labels = ["person", "work", "place", "organisation"]
"""
GUIDELINES = {
    "questions": "# Guidelines\n\n## 1 Tone\nIronic is what means the opposite of what it says.\n\n"
    "## 2 Promotes a product\nYes, once a product or a sponsor is named with thanks or a price.\n",
    "spans": "# Guidelines\n\n## 1 Entity\nMark the whole name without its article. A work is what somebody made.\n",
}
ANSWERS: Sequence[dict[str, Any]] = (
    {"tone": "warm", "topics": ("music", "craft"), "promotes a product": "no", "suits children": "yes", "clarity": 4},
    {"tone": "ironic", "topics": ("music",), "promotes a product": "no", "suits children": "yes", "clarity": 4},
    {"tone": "warm", "topics": ("music", "craft"), "promotes a product": "yes", "suits children": "yes", "clarity": 2},
)


def take_reviews(folder: Path, out: Path) -> None:
    """Write ``review-questions.png`` and ``review-spans.png``."""
    advance.choose(True)
    _take(_questions(folder), out / "review-questions.png", "light", ("B",))
    _take(_spans(folder), out / "review-spans.png", "dark", ("A",))


def _questions(folder: Path) -> Path:
    def elements(number: int, _text: str, _asset: str) -> list[Element]:
        return [Answer(answer_id(name), name, value) for name, value in ANSWERS[number].items()]

    return _project(folder / "questions", QUESTIONS, GUIDELINES["questions"], elements)


NAMES = (
    ("Small Rooms", "work"),
    ("Leith", "place"),
    ("Mara Quill", "person"),
    ("Slow Ferry", "work"),
    ("Bergen", "place"),
    ("Otis Fenn", "person"),
    ("Brightwell Coffee", "organisation"),
    ("Copper Wire", "work"),
    ("Lisbon", "place"),
)
DIFFERENT: Sequence[dict[str, tuple[str, str] | None]] = (
    {"Small Rooms": None},
    {"Small Rooms": ("Small Rooms", "organisation"), "Slow Ferry": None},
    {"Mara Quill": ("Quill", "person"), "Brightwell Coffee": ("Brightwell", "organisation")},
)
"""What each of three people marks otherwise; nothing where it is None."""


def _spans(folder: Path) -> Path:
    def elements(number: int, text: str, asset: str) -> list[Element]:
        found: list[Element] = []
        for name, label in NAMES:
            said = DIFFERENT[number].get(name, (name, label))
            if said is not None:
                words, label = said
                start = text.index(words)
                found.append(Span(new_id(), asset, "entity", start, start + len(words), (label,)))
        return found

    return _project(folder / "spans", SPANS, GUIDELINES["spans"], elements)


def _project(folder: Path, project: str, guidelines: str, elements: Callable[[int, str, str], list[Element]]) -> Path:
    """A project with the demo's transcript, labelled by three people who do not agree on all of it."""
    folder.mkdir()
    (folder / "project.toml").write_text(project + WORKFLOW, encoding="utf-8")
    (folder / "guidelines.md").write_text(guidelines, encoding="utf-8")
    media = folder / "episode-118.txt"
    media.write_text(resource("demo/podcast.txt").read_text(encoding="utf-8"), encoding="utf-8")
    path = folder / "review.annodesk"
    with Services.open(path, create=True) as services:
        made = services.projects.init(folder / "project.toml")
        people = [services.people.add(made.id, name, Role.ANNOTATOR) for name in PEOPLE]
        services.people.add(made.id, ANALYST, Role.ANALYST)
        services.items.add(made.id, [media])
        for number, person in enumerate(people):
            services.coordinator.round(made.id)
            (card,) = services.tasks.cards(made.id, person.id)
            work = services.tasks.open(made.id, person.id, card.task_id)
            assert work.text is not None
            edit = work.session.stage(add(*elements(number, work.text.text, work.text.asset_id)))
            assert edit is not None
            services.annotate.record(edit)
            services.tasks.submit(work.session.annotations)
        services.coordinator.round(made.id)
    return path


def _take(path: Path, out: Path, look: str, rulings: Sequence[str]) -> None:
    theme.apply(make_app(look), look)
    window = MainWindow(Jobs(), path, person=ANALYST)
    window.resize(1440, 900)
    window.show()
    try:
        wait_until(lambda: window.context is not None and window.is_idle(), limit_s=LONGEST_S)
        window.show_workspace("review")
        workspace = window.workspace
        assert isinstance(workspace, ReviewWorkspace)
        wait_until(workspace.is_idle, limit_s=LONGEST_S)
        workspace.open_first()
        wait_until(window.is_idle, limit_s=LONGEST_S)
        for how in rulings:
            workspace.decisions.rule(how)
            wait_until(window.is_idle, limit_s=LONGEST_S)
        window.grab().save(str(out))
    finally:
        window.close()
        window.deleteLater()
