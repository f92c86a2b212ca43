"""Writes the TOML file of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import tomlkit
from msgspec.structs import asdict

from annodesk.model.project_file import places_of

if TYPE_CHECKING:
    from annodesk.model.project import CanaryPolicy, Project
    from annodesk.model.schema import Attribute, Label

_OWN_TABLES = ("prompts", "canary")


def write_project(project: Project) -> str:
    """The TOML text of a project; keys at their default are left out."""
    document = tomlkit.document()
    document.add("name", tomlkit.item(project.name))
    if project.guidelines:
        document.add("guidelines", tomlkit.item(project.guidelines))
    if project.languages:
        document.add("languages", tomlkit.item(list(project.languages)))
    for table, _, part in places_of(project.schema):
        body = tomlkit.table()
        for name, value in _plain_values(part).items():
            is_table = name in ("labels", "attributes")
            body.add(name, _tables_item(getattr(part, name)) if is_table else tomlkit.item(value))
        if table not in document:
            document.add(table, tomlkit.aot())
        document[table].append(body)
    for name, policy in (("workflow", project.workflow), ("prelabel", project.prelabel)):
        body = tomlkit.table()
        # What is a table of its own comes last, or what follows it would be read as part of it.
        for key, value in sorted(asdict(policy).items(), key=lambda one: one[0] in _OWN_TABLES):
            if key == "prompts":
                value = _prompts_item(value) if value else None
            if key == "canary" and value is not None:
                value = _canary_item(value)
            if value is not None:
                body.add(key, tomlkit.item(value))
        document.add(name, body)
    if project.expansions:
        document.add("expansions", tomlkit.item(dict(project.expansions)))
    return tomlkit.dumps(document)


def _canary_item(canary: CanaryPolicy) -> Any:
    table = tomlkit.table()
    for key, value in asdict(canary).items():
        if key != "prompts" and value != "":
            table.add(key, value)
    if canary.prompts:
        table.add("prompts", _prompts_item(canary.prompts))
    return table


def _prompts_item(prompts: Sequence[tuple[str, str]]) -> Any:
    table = tomlkit.table()
    for purpose, text in prompts:
        table.add(purpose, tomlkit.string(text, multiline="\n" in text))
    return table


def _plain_values(part: Any) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    defaults = part.__struct_defaults__
    without_default = len(part.__struct_fields__) - len(defaults)
    for k, name in enumerate(part.__struct_fields__):
        value = getattr(part, name)
        if name == "name" or k < without_default or value != defaults[k - without_default]:
            values[name] = list(value) if isinstance(value, tuple) else str(value) if isinstance(value, str) else value
    return values


def _tables_item(parts: Sequence[Label | Attribute]) -> Any:
    array = tomlkit.array()
    for part in parts:
        table = tomlkit.inline_table()
        for name, value in _plain_values(part).items():
            table.add(name, value)
        array.append(table)
    return array.multiline(len(parts) > 3)
