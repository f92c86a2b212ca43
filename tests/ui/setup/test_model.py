"""Models on the project page: what is in use, a file that is taken or refused, and one that runs beside the old one."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from annodesk.prelabel.check import embedded_model
from tests.services.made import House
from tests.ui.setup.conftest import Page

pytestmark = pytest.mark.qt

Key, Mod = Qt.Key, Qt.KeyboardModifier
CTRL = Mod.ControlModifier
Open = Callable[..., Page]


def test_the_model_in_use_is_told_with_its_facts(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Key.Key_2)
    model = page.workspace.model
    assert model.name.text() == "Annodesk's own model"
    assert model.state.text() == "Ready."
    assert f"sha256 {embedded_model().sha256[:12]}" in model.facts.text()
    assert not model.trying.isVisible()


def test_a_file_that_is_no_model_is_refused_in_a_sentence_and_changes_nothing(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Key.Key_2)
    (made.folder / "letter.gguf").write_text("Dear all,")
    page.workspace.model.take_file(made.folder / "letter.gguf")
    page.wait()
    assert "letter.gguf" in page.workspace.model.busy.text()
    assert page.workspace.pending.isHidden()


def test_a_model_file_is_a_draft_until_it_is_set(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Key.Key_2)
    other = shutil.copyfile(embedded_model().path, made.folder / "other.gguf")
    page.workspace.model.take_file(other)
    page.wait()
    assert page.workspace.model.trying.isVisible()
    assert page.workspace.pending.text() == "1 change is not set yet: other.gguf."
    page.press(Key.Key_Return, mod=CTRL)
    version = page.project()
    assert version.project.prelabel.model == str(other)
    assert version.model_sha256 == embedded_model().sha256


def test_a_model_may_run_beside_the_old_one_instead(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Key.Key_2)
    other = shutil.copyfile(embedded_model().path, made.folder / "other.gguf")
    page.workspace.model.take_file(other)
    page.wait()
    page.press(Key.Key_B)
    assert page.workspace.pending.text() == "1 change is not set yet: other.gguf beside the model in use."
    page.press(Key.Key_Return, mod=CTRL)
    policy = page.project().project.prelabel
    assert policy.model == "embedded"
    assert policy.canary is not None
    assert (policy.canary.model, policy.canary.share) == (str(other), 0.10)
    assert page.workspace.model.canary.isVisible()
    assert not page.workspace.model.promotes.isEnabled()
    page.press(Key.Key_B, mod=Mod.ShiftModifier)
    page.press(Key.Key_Return, mod=CTRL)
    assert page.project().project.prelabel.canary is None


def test_a_trial_without_anything_settled_says_so(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Key.Key_2)
    other = shutil.copyfile(embedded_model().path, made.folder / "other.gguf")
    page.workspace.model.take_file(other)
    page.wait()
    page.press(Key.Key_T, mod=CTRL)
    assert "Nothing is settled yet" in page.workspace.model.busy.text()


def test_a_name_that_is_none_is_refused_in_a_sentence(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Key.Key_2, Key.Key_N)
    model = page.workspace.model
    assert model.field.hasFocus()
    page.qtbot.keyClicks(model.field, "not a name")
    page.press(Key.Key_Return)
    assert "is no name of a model" in model.busy.text()
    assert page.workspace.pending.isHidden()


def test_a_model_that_is_set_is_read_through_beside_what_is_stored(
    made: House, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(made)
    page.press(Key.Key_2)
    other = shutil.copyfile(embedded_model().path, made.folder / "other.gguf")
    page.workspace.draft.put("prelabel.model", str(other))
    lanes: list[str] = []

    def listen(*_: object) -> str:
        lanes.append(threading.current_thread().name)
        return "ab" * 32

    monkeypatch.setattr("annodesk.services.projects.model_hash", listen)
    page.press(Key.Key_Return, mod=CTRL)
    assert page.project().model_name == str(other)
    assert lanes
    assert lanes[0] != "annodesk-store"
