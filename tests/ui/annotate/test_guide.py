"""Guidelines and comments, which others wrote: words alone, and never too many of them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.model.annotations import AnnotationSet, Answer, answer_id
from annodesk.model.clauses import split_clauses
from annodesk.model.schema import Question, QuestionKind
from annodesk.model.work import Comment
from annodesk.ui import theme
from annodesk.ui.annotate import guide
from annodesk.ui.annotate.notes import CommentPanel, GuidelinePanel
from annodesk.ui.annotate.questions import QuestionPanel
from annodesk.ui.parts import Label

pytestmark = pytest.mark.qt
RED = QColor(255, 0, 0)


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> GuidelinePanel:
    theme.apply(qapp, "dark", text_scale=1.0)
    made = GuidelinePanel()
    qtbot.addWidget(made)
    made.resize(300, 400)
    made.show()
    return made


def red_file(folder: Path) -> Path:
    """A picture that is red all over."""
    path = folder / "red.png"
    image = QImage(60, 60, QImage.Format.Format_RGB32)
    image.fill(RED)
    assert image.save(str(path))
    return path


@pytest.mark.parametrize("how", ["path", "url", "relative", "share"])
def test_a_picture_named_in_the_guidelines_is_never_read(
    panel: GuidelinePanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    picture = red_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    names = {
        "path": picture.as_posix(),
        "url": picture.as_uri(),
        "relative": "red.png",
        "share": "//host/share/red.png",
    }
    asked: list[object] = []
    load = guide._Document.loadResource
    monkeypatch.setattr(guide._Document, "loadResource", lambda *given: asked.append(given) or load(*given))
    panel.set_guidelines(f"Before ![the policy]({names[how]}) after, and ![]({names[how]})")
    seen = panel.grab().toImage()
    pixels = {seen.pixel(x, y) for x in range(0, seen.width(), 4) for y in range(0, seen.height(), 4)}
    assert RED.rgb() not in pixels
    assert panel.text.toPlainText().startswith("Before [picture: the policy] after")
    assert "<img" not in panel.text.document().toHtml()
    assert not asked, "nothing is asked for"


def test_a_document_that_asks_for_a_picture_gets_an_empty_one(tmp_path: Path) -> None:
    picture = red_file(tmp_path)
    given = guide._Document(None).resource(2, picture.as_uri())
    assert isinstance(given, QImage)
    assert given.size().width() == 1


def test_links_and_html_of_the_guidelines_are_words(panel: GuidelinePanel) -> None:
    panel.set_guidelines("See [the **whole** page](https://x.example/y) <a href='file:///z'>z</a> [up](#top)")
    assert panel.text.toPlainText() == "See the whole page (https://x.example/y) <a href='file:///z'>z</a> up"
    assert "<a " not in panel.text.document().toHtml()
    assert panel.text.anchorAt(panel.text.rect().center()) == ""


@pytest.mark.parametrize(
    "markdown",
    ["words " * 700_000, "w" * 4_000_000, "- a\n" * 50_000, "- " * 100 + "a\n", "![a](b.png)[c](d) " * 200_000],
    ids=["one line", "one word", "a long list", "a deep list", "pictures"],
)
def test_huge_guidelines_are_cut_and_say_where_the_rest_is(panel: GuidelinePanel, markdown: str) -> None:
    markdown = markdown * max(1, 4_000_000 // len(markdown))
    started = time.monotonic()
    panel.set_guidelines(markdown, "guidelines.md")
    panel.show_for("words")
    panel.grab()
    assert time.monotonic() - started < 5, "0.3 s where nothing else runs; some took minutes"
    assert panel.text.document().characterCount() <= 2 * guide.LONGEST
    assert panel.text.document().blockCount() <= 9 * guide.MOST_LINES
    (said,) = [made.text() for made in panel.findChildren(Label) if made.isVisible() and "characters" in made.text()]
    assert f"{len(markdown):,} characters" in said
    assert "guidelines.md" in said


def test_guidelines_of_ordinary_length_are_whole(panel: GuidelinePanel) -> None:
    panel.set_guidelines("# One\n\nWords.\n\n## Two\n\n- a\n  - b\n    - c\n", "guidelines.md")
    assert panel.text.toPlainText() == "One\nWords.\nTwo\na\nb\nc"
    assert not [made for made in panel.findChildren(Label) if made.isVisible() and "characters" in made.text()]


def test_a_heading_of_many_spaces_is_read_at_once() -> None:
    started = time.monotonic()
    (clause,) = split_clauses(f"# a{' ' * 4_000}#{' ' * 4_000}b ##  ")
    assert time.monotonic() - started < 1
    assert clause.heading.startswith("a ")
    assert clause.heading.endswith(" b")


def test_a_comment_is_shown_letter_by_letter_and_cut_where_it_is_huge(qtbot: QtBot) -> None:
    panel = CommentPanel()
    qtbot.addWidget(panel)
    texts = ["<img src=x> <b>bold</b>\nnext", "w" * 1_000_000]
    panel.set_comments([Comment(str(n), "set", "someone", text) for n, text in enumerate(texts)], "me")
    shown = [made.text() for made in panel.findChildren(Label)]
    assert "<img src=x> <b>bold</b>\nnext" in shown
    assert max(map(len, shown)) < 11_000


def test_a_text_too_long_for_its_field_is_never_stored_cut(qtbot: QtBot) -> None:
    given: list[str] = []
    questions = QuestionPanel()
    qtbot.addWidget(questions)
    questions.answered.connect(lambda _question, value: given.append(value))
    questions.set_questions([Question("remark", QuestionKind.TEXT)], {"remark": ()})
    said = AnnotationSet("s", elements=[Answer(answer_id("remark"), "remark", "w" * 40_000)])
    questions.show_answers(said, (), can_change=True)
    block = questions.blocks["remark"]
    assert block.field is not None
    assert block.field.isReadOnly()
    assert len(block.field.toPlainText()) <= 20_000
    questions.flush()
    assert given == []
