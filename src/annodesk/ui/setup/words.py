"""What the project page says of settings in words: what stands, and what would be changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING

from annodesk.model.project_edit import GROUPS, groups_of
from annodesk.ui.quality.figures import percent

if TYPE_CHECKING:
    from annodesk.model.project import Project

MODEL, SHOW, SHOW_ABOVE = "prelabel.model", "prelabel.show", "prelabel.show_above"
UNAIDED, ACCEPT, AUDIT = "prelabel.unaided_share", "prelabel.accept_above", "workflow.audit_share"
PROMPTS, CANARY, HEARD = "prelabel.prompts", "prelabel.canary", "prelabel.hand_in_heard"
"""Settings by table and key of the project's file."""

SHOWN = {
    "before": "Before they answer",
    "above-threshold": "Only where the model is sure",
    "after-commit": "After they have answered",
    "never": "Never",
}
"""Ways to show suggestions, by the file's word for it, as the page calls them."""


EMBEDDED = "embedded"


def model_name(named: str) -> str:
    """A model as a person calls it: the shipped one, or a file or a repository by its last name."""
    if named in ("", EMBEDDED):
        return "annodesk's own model"
    return PurePath(named.replace("\\", "/")).name


def policy_value(project: Project, name: str) -> object:
    """What a project says of a setting."""
    if name == GROUPS:
        return groups_of(project)
    table, _, key = name.partition(".")
    found = getattr(getattr(project, table), key, None)
    return dict(found) if isinstance(found, tuple) else found


def change_words(name: str, value: object) -> str:
    """What a change brings, in a few words."""
    share = percent(value) if isinstance(value, float | int) else ""
    if name == MODEL:
        return model_name(str(value or ""))
    if name == SHOW:
        return f"suggestions: {SHOWN.get(str(value), str(value)).lower()}"
    if name == SHOW_ABOVE:
        return f"shown from {share} on" if share else "shown from 90 % on"
    if name == UNAIDED:
        return f"{share or '20 %'} of the tasks without suggestions"
    if name == ACCEPT:
        return f"labels stand alone from {share} on" if share else "no label stands alone"
    if name == AUDIT:
        return f"{share or '5 %'} audited by people"
    if name == CANARY:
        model = value.get("model", "") if isinstance(value, Mapping) else ""
        return f"{model_name(str(model))} beside the model in use" if value else "no model beside the one in use"
    if name == HEARD:
        return "only people hand in" if value is False else "a hearing pass may hand in"
    if name == GROUPS:
        return group_words(value if isinstance(value, Mapping) else {})
    if name == PROMPTS:
        return "what the model is told"
    return name


def group_words(groups: Mapping[str, Mapping[str, str]]) -> str:
    """Which groups of labels there are, each with how many labels."""
    count = Counter(group for labels in groups.values() for group in labels.values())
    told = (f"{name} ({n} label{'' if n == 1 else 's'})" for name, n in count.items())
    return f"groups of labels: {', '.join(told)}" if count else "no groups of labels"


def changes_sentence(changes: Mapping[str, object]) -> str:
    """What is not set yet, in one sentence; empty where nothing is."""
    if not changes:
        return ""
    told = "; ".join(change_words(name, value) for name, value in changes.items())
    count = "1 change is" if len(changes) == 1 else f"{len(changes)} changes are"
    return f"{count} not set yet: {told}."
