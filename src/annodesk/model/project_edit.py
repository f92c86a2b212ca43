"""Changes one thing of a project's file and leaves the rest as somebody has written it, comments and order too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import tomlkit

from annodesk.errors import ProjectError
from annodesk.model.project_file import parse_project

if TYPE_CHECKING:
    from annodesk.model.project import Project

_TABLES = ("tier", "question", "span")
_POLICIES = ("prelabel", "workflow")
KEY = "escalate_below"
GROUPS = "labels.groups"
"""The name under which the groups of all labels are changed: by part and label the group, where there is one."""


def with_threshold(text: str, value: float | None, part: str = "", label: str | None = None) -> str:
    """The same file with another agreement below which an item goes to review.

    Parameters
    ----------
    value : None takes the part's or the label's own away; the project itself always has one
    part : a tier, question or span type; the project where none is named
    label : one label of the part
    """
    if value is None and not part:
        raise ProjectError("project.toml", None, f"workflow.{KEY}", "the project itself always has a threshold.")
    document = tomlkit.parse(text)
    if not part:
        if "workflow" not in document:
            document.add("workflow", tomlkit.table())
        _put(document["workflow"], value)
    else:
        table = next((t for name in _TABLES for t in document.get(name, ()) if t.get("name") == part), None)
        if table is None:
            raise ProjectError("project.toml", None, part, "there is no such tier, question or span type.")
        _put(table if label is None else _label_of(table, part, label, needed=value is not None), value)
    changed = tomlkit.dumps(document)
    parse_project(changed)
    return changed


def threshold_of(project: Project, part: str = "", label: str | None = None) -> float | None:
    """The threshold that the project, a part or a label has of its own; None where it has none."""
    if not part:
        return project.workflow.escalate_below
    found: Any = next((p for p in project.schema.parts() if p.name == part), None)
    if found is not None and label is not None:
        found = next((one for one in found.labels if one.name == label), None)
    return getattr(found, KEY, None)


def with_policy(text: str, changes: Mapping[str, object]) -> str:
    """The same file with other keys under ``[prelabel]`` or ``[workflow]``, or other groups of labels.

    Parameters
    ----------
    changes : by table and key, such as ``prelabel.show``; None takes a key away, so that its default holds, and a
        mapping becomes a table of its own
    """
    document = tomlkit.parse(text)
    for name, value in changes.items():
        if name == GROUPS:
            _put_groups(document, value if isinstance(value, Mapping) else {})
            continue
        table_name, key = _place_of(name)
        if table_name not in document:
            document.add(table_name, tomlkit.table())
        table = document[table_name]
        if value is None or value == {}:
            if key in table:
                del table[key]
        else:
            table[key] = _item(value)
    changed = tomlkit.dumps(document)
    parse_project(changed)
    return changed


def policy_keys(text: str, names: Iterable[str]) -> dict[str, object]:
    """What a file says under those keys; None where it says nothing."""
    document = tomlkit.parse(text).unwrap()
    found: dict[str, object] = {}
    for name in names:
        if name == GROUPS:
            found[name] = _groups_in(document) or None
        else:
            table, key = _place_of(name)
            found[name] = document.get(table, {}).get(key)
    return found


def groups_of(project: Project) -> dict[str, dict[str, str]]:
    """By part and label the group of each label that has one."""
    found: dict[str, dict[str, str]] = {}
    for part in project.schema.parts():
        for label in part.labels:
            if label.group:
                found.setdefault(part.name, {})[label.name] = label.group
    return found


def _groups_in(document: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for table in (one for name in _TABLES for one in document.get(name, ())):
        for label in table.get("labels", ()):
            if isinstance(label, dict) and label.get("group"):
                found.setdefault(table["name"], {})[label["name"]] = label["group"]
    return found


def _put_groups(document: Any, groups: Mapping[str, Mapping[str, str]]) -> None:
    for table in (one for name in _TABLES for one in document.get(name, ())):
        part = str(table.get("name"))
        for name in [one["name"] if isinstance(one, dict) else one for one in table.get("labels", ())]:
            group = groups.get(part, {}).get(name, "")
            held = _label_of(table, part, str(name), needed=bool(group))
            if group:
                held["group"] = group
            elif "group" in held:
                del held["group"]


def _place_of(name: str) -> tuple[str, str]:
    table, _, key = name.partition(".")
    if table not in _POLICIES:
        raise ProjectError("project.toml", None, name, "is no setting of the workflow or of pre-labels.")
    return table, key


def _item(value: object) -> Any:
    """A value as a file holds it: a text of several lines keeps them."""
    if isinstance(value, str):
        return tomlkit.string(value, multiline="\n" in value)
    if isinstance(value, Mapping):
        table = tomlkit.table()
        for key, one in value.items():
            table.add(str(key), _item(one))
        return table
    return tomlkit.item(value)


def _label_of(table: Any, part: str, label: str, *, needed: bool) -> Any:
    """The table of a label; one that is a mere name becomes a table where that is needed."""
    labels = table.get("labels", ())
    for place, one in enumerate(labels):
        if isinstance(one, dict) and one.get("name") == label:
            return one
        if one == label:
            if not needed:
                return {}
            made = tomlkit.inline_table()
            made.add("name", label)
            labels[place] = made
            return labels[place]
    raise ProjectError("project.toml", None, part, f"there is no label {label!r}.")


def _put(table: Any, value: float | None) -> None:
    if value is not None:
        table[KEY] = value
    elif KEY in table:
        del table[KEY]
