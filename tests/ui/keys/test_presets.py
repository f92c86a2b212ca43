"""Presets on the world's keyboards: all can be pressed, nothing is taken twice, accept never lies beside reject."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from itertools import combinations

import pytest

import annodesk.ui
from annodesk.ui.actions import Action, effective_keys
from annodesk.ui.annotate.keys import DIGITS, LETTERS
from annodesk.ui.keys import bindings, chords
from annodesk.ui.keys.bindings import meet
from annodesk.ui.keys.catalogue import every_action
from annodesk.ui.keys.choice import Choice
from annodesk.ui.keys.chords import SHIFTED_SIGNS, Reach, reach, split, trouble
from annodesk.ui.keys.layouts import LAYOUTS, Layout
from annodesk.ui.keys.positions import lies_beside
from annodesk.ui.keys.presets import TITLES, preset

pytestmark = pytest.mark.qt


@pytest.fixture(params=TITLES)
def name(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each preset, in use."""
    bindings.current().use(Choice(request.param))
    yield request.param
    bindings.current().use(Choice())


@pytest.fixture(params=LAYOUTS, ids=lambda layout: layout.name)
def layout(request: pytest.FixtureRequest) -> Layout:
    """Each layout."""
    found = request.param
    assert isinstance(found, Layout)
    return found


def bound() -> list[tuple[Action, str]]:
    """All actions with all of their keys."""
    return [(one, key) for one in every_action().values() for key in effective_keys(one)]


def test_every_action_can_be_done_on_every_board_without_what_systems_keep(name: str, layout: Layout) -> None:
    keyless = {one.id for one in every_action().values() if not one.keys}
    lost = [
        one.id
        for one in every_action().values()
        if one.id not in keyless
        and not any(reach(key, layout) is not None and not trouble(key) for key in effective_keys(one))
    ]
    assert lost == []


def test_no_two_actions_that_are_live_together_share_a_place(name: str, layout: Layout) -> None:
    holders: dict[Reach, list[tuple[str, str]]] = {}
    for action, key in bound():
        where = reach(key, layout)
        if where is not None and split(key)[1] not in SHIFTED_SIGNS:  # those give way to what lies at the place
            holders.setdefault(where, []).append((action.id, key))
    clashes = [
        (one, other)
        for several in holders.values()
        for one, other in combinations(several, 2)
        if one[0] != other[0] and meet(one[0], other[0])
    ]
    assert clashes == []


def test_accept_never_lies_beside_reject(name: str, layout: Layout) -> None:
    places = {
        action_id: [found for key in effective_keys(every_action()[action_id]) if (found := reach(key, layout))]
        for action_id in ("annotate.take", "annotate.reject")
    }
    assert all(places.values())
    assert not any(
        lies_beside(one.position, other.position)
        for one in places["annotate.take"]
        for other in places["annotate.reject"]
    )


def test_what_labels_use_stays_free(name: str) -> None:
    taken = {key for action, key in bound() if action.id.startswith(("annotate.", "window."))}
    assert not taken & set(DIGITS + LETTERS)


def test_a_preset_names_only_actions_and_keys_there_are(name: str) -> None:
    own = preset(name)
    assert own.keys.keys() <= every_action().keys()
    assert all(key == chords.parse(key) for keys in own.keys.values() for key in keys)
    assert (name == "annodesk") == (not own.keys)


def test_escape_leads_out_whatever_the_preset(name: str) -> None:
    assert effective_keys(every_action()["annotate.focus_timeline"])[0] == "Esc"


def test_no_bare_key_destroys(name: str) -> None:
    bare = {key for action, key in bound() if action.id.endswith((".delete", ".skip")) and key != "Del"}
    assert not [key for key in bare if not split(key)[0]]


@pytest.mark.parametrize(
    ("preset_name", "zooms"),
    [("annodesk", True), ("cvat", True), ("elan", False), ("praat", False), ("audacity", False)],
)
def test_the_wheel_does_what_the_other_tool_does(preset_name: str, zooms: bool) -> None:
    bindings.current().use(Choice(preset_name))
    assert bindings.current().wheel_zooms is zooms
    bindings.current().use(Choice(preset_name, wheel="scroll" if zooms else "zoom"))
    assert bindings.current().wheel_zooms is not zooms
    bindings.current().use(Choice())


KNOWN = {
    "elan": {"annotate.next": "Alt+Right", "annotate.play_around": "Ctrl+Shift+Space", "annotate.delete": "Alt+D",
             "annotate.merge_next": "Ctrl+Shift+A", "annotate.home": "Ctrl+B", "annotate.start_earlier": "Ctrl+J"},
    "praat": {"annotate.play": "Tab", "annotate.boundary": "Return", "annotate.zero": "Ctrl+0",
              "annotate.zoom_segment": "Ctrl+N", "annotate.zoom_all": "Ctrl+A", "annotate.start_earlier": "Shift+Up",
              "annotate.tier_down": "Alt+Down"},
    "audacity": {"annotate.play": "Space", "annotate.draw": "Ctrl+B", "annotate.zoom_in": "Ctrl+1",
                 "annotate.next": "Tab", "annotate.zoom_segment": "Ctrl+E"},
    "cvat": {"annotate.draw": "N", "annotate.split": "Alt+M", "annotate.extend": "Shift+E", "annotate.loop": "R",
             "annotate.step_back": "D", "annotate.hop_on": "V", "annotate.zoom_segment": "I"},
}  # fmt: skip


@pytest.mark.parametrize("preset_name", KNOWN)
def test_fingers_find_what_they_know(preset_name: str) -> None:
    bindings.current().use(Choice(preset_name))
    found = {action_id: effective_keys(every_action()[action_id])[0] for action_id in KNOWN[preset_name]}
    bindings.current().use(Choice())
    assert found == KNOWN[preset_name]


def test_every_table_of_actions_is_in_the_catalogue() -> None:
    tables = [
        getattr(importlib.import_module(found.name), "ACTIONS", ())
        for found in pkgutil.walk_packages(annodesk.ui.__path__, "annodesk.ui.")
    ]
    shown = {one.id for table in tables for one in table if isinstance(one, Action) and not one.is_hidden}
    assert shown == every_action().keys()
