"""The TOML file of a project: read with errors that name line and key, and written."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from tomlkit.exceptions import ParseError, TOMLKitError

from annodesk.errors import ProjectError
from annodesk.model.expansions import MOST_EXPANSIONS, fault
from annodesk.model.guideline_pictures import read_pictures
from annodesk.model.needs import LONGEST_SKILL
from annodesk.model.project import CanaryPolicy, PrelabelPolicy, Project, WorkflowPolicy
from annodesk.model.schema import (
    RESERVED_NAMES,
    Attribute,
    AttributeKind,
    Label,
    LabelSchema,
    Question,
    QuestionKind,
    RelationType,
    SpanType,
    Tier,
    TierKind,
    TierRule,
)

MAX_BYTES = 4 << 20
MAX_PARTS = 1000
"""Most tiers, questions, span types or relations of one project, each."""
MAX_RATINGS = 1000
MAX_PROMPT = 20_000

# Pydantic checks types and ranges; what spans several keys is checked below.

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Share = Annotated[float, Field(ge=0, le=1)]
_Purpose = Literal["segment", "text", "each", "spans"]
_Prompts = dict[_Purpose, Annotated[str, StringConstraints(min_length=1, max_length=MAX_PROMPT)]]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Label(_Table):
    name: _Name
    key: Annotated[str, StringConstraints(max_length=1)] = ""
    colour: Annotated[str, StringConstraints(pattern=r"^(#[0-9a-fA-F]{6})?$")] = ""
    escalate_below: _Share | None = None
    unsure_below: _Share | None = None
    model_sure_from: _Share | None = None
    reference_below: _Share | None = None
    description: str = ""
    group: Annotated[str, StringConstraints(max_length=LONGEST_SKILL, pattern=r"^[^\x00-\x1f\x7f,;|:]*$")] = ""


_Labels = list[_Label | _Name]


class _Attribute(_Table):
    name: _Name
    kind: Literal["text", "choice", "number"] = "text"
    values: list[_Name] = []
    description: str = ""


class _Tier(_Table):
    name: _Name
    kind: Literal["interval", "point"] = "interval"
    overlap: bool = False
    labels: _Labels = []
    parent: str | None = None
    rule: Literal["none", "time-subdivision", "included-in", "symbolic-subdivision", "symbolic-association"] = "none"
    required: bool = True
    free_text: bool = False
    escalate_below: _Share | None = None
    unsure_below: _Share | None = None
    model_sure_from: _Share | None = None
    reference_below: _Share | None = None
    description: str = ""
    many_labels: bool = False
    attributes: Annotated[list[_Attribute], Field(max_length=MAX_PARTS)] = []


class _Question(_Table):
    name: _Name
    kind: Literal["choice", "multi-label", "rating", "text"] = "choice"
    labels: _Labels = []
    scale: Annotated[list[Annotated[int, Field(ge=-1_000_000, le=1_000_000)]], Field(min_length=2, max_length=2)] = [
        1,
        5,
    ]
    not_sure: bool = False
    required: bool = True
    escalate_below: _Share | None = None
    unsure_below: _Share | None = None
    model_sure_from: _Share | None = None
    reference_below: _Share | None = None
    description: str = ""


class _Span(_Table):
    name: _Name
    labels: _Labels = []
    overlap: bool = True
    required: bool = False
    escalate_below: _Share | None = None
    unsure_below: _Share | None = None
    model_sure_from: _Share | None = None
    reference_below: _Share | None = None
    description: str = ""


class _Relation(_Table):
    name: _Name
    labels: _Labels = []
    description: str = ""


class _Workflow(_Table):
    overlap: Annotated[int, Field(ge=1, le=20)] = 2
    overlap_share: _Share = 0.20
    task_seconds: Annotated[int, Field(ge=1, le=31 * 24 * 3600)] = 1200
    context_seconds: Annotated[int, Field(ge=0, le=3600)] = 10
    escalate_below: _Share = 0.70
    unsure_below: _Share | None = None
    model_sure_from: _Share = 0.90
    reference_below: _Share | None = None
    extra_annotator_below: _Share | None = None
    model_votes: Literal["never", "escalate"] = "escalate"
    audit_share: _Share = 0.05
    rerule_share: _Share = 0.02
    reference_share: _Share = 0.05
    see_others: Literal["settled", "never"] = "settled"
    lease_hours: Annotated[float, Field(gt=0, le=24 * 3660)] = 24
    pack_days: Annotated[float, Field(gt=0, le=3660)] = 7
    offline_media: bool = True
    offline_suggestions: bool = True
    sensitive_minutes_a_day: Annotated[float, Field(gt=0, le=1440)] | None = None
    reference_missed_by: Annotated[int, Field(ge=1, le=1000)] | None = None
    reference_missed_share: Annotated[float, Field(gt=0, le=1)] | None = None
    record_times: bool = True
    record_looks: bool = True


class _Canary(_Table):
    model: str = ""
    prompts: _Prompts = {}
    share: Annotated[float, Field(gt=0, le=1)] = 0.10
    confidence: Annotated[float, Field(ge=0.5, le=0.9999)] = 0.95
    margin: Annotated[float, Field(ge=0, le=0.5)] = 0.05


class _Prelabel(_Table):
    model: Annotated[str, StringConstraints(min_length=1)] = "embedded"
    show: Literal["before", "above-threshold", "after-commit", "never"] = "above-threshold"
    show_above: _Share = 0.90
    unaided_share: _Share = 0.20
    accept_above: _Share | None = None
    prompts: _Prompts = {}
    canary: _Canary | None = None
    record_played: bool = True
    record_suggestions: bool = True
    own_answers: bool = False
    hand_in_heard: bool = True


class _ProjectFile(_Table):
    name: _Name
    guidelines: str = ""
    languages: list[str] = []
    tier: Annotated[list[_Tier], Field(max_length=MAX_PARTS)] = []
    question: Annotated[list[_Question], Field(max_length=MAX_PARTS)] = []
    span: Annotated[list[_Span], Field(max_length=MAX_PARTS)] = []
    relation: Annotated[list[_Relation], Field(max_length=MAX_PARTS)] = []
    workflow: _Workflow = _Workflow()
    prelabel: _Prelabel = _Prelabel()
    expansions: Annotated[dict[str, str], Field(max_length=MOST_EXPANSIONS)] = {}


@dataclass(frozen=True, slots=True)
class ProjectText:
    """What a project is written in: the file, the guidelines' Markdown, and the pictures these show, by name."""

    file: str
    guidelines: str = ""
    pictures: Mapping[str, bytes] = field(default_factory=dict)


def read_project(path: Path) -> tuple[Project, ProjectText]:
    """The project a TOML file describes, and what it is written in.

    Guidelines and their pictures stand beside the project file; a path that leaves that folder is refused.
    """
    try:
        text = _read_text(path)
    except (OSError, ValueError) as error:
        gone = isinstance(error, FileNotFoundError)
        hint = "Check its name." if gone else "Is it a project file, saved as UTF-8?"
        raise ProjectError(path, None, "", f"cannot be read: {_why(error)}.", hint) from error
    project = parse_project(text, path)
    return project, ProjectText(text, *_read_guidelines(project, path, text))


def _read_text(path: Path) -> str:
    """A text file of at most MAX_BYTES; a pipe or device would never end."""
    if path.exists() and not path.is_file():
        raise ValueError("it is not an ordinary file")
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES >> 20} MiB")
    return raw.decode("utf-8-sig")


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)


def _read_guidelines(project: Project, path: Path, text: str) -> tuple[str, dict[str, bytes]]:
    if not project.guidelines:
        return "", {}
    line = _line_of(text, ("guidelines",))
    folder = path.resolve().parent
    target = Path(os.path.realpath(folder / project.guidelines.replace("\0", "_")))
    if not target.is_relative_to(folder):
        raise ProjectError(path, line, "guidelines", "leaves the project's folder.", "Put the file beside the project.")
    try:
        markdown = _read_text(target)
    except (OSError, ValueError) as error:
        what = f"{project.guidelines[:200]!r} cannot be read: {_why(error)}."
        raise ProjectError(path, line, "guidelines", what, "Put the file beside the project file.") from error
    try:
        return markdown, read_pictures(markdown, target.parent)
    except ValueError as error:
        raise ProjectError(path, line, "guidelines", f"show a picture: {error}.", "Put it beside the text.") from error


def parse_project(text: str, path: Path | str = "project.toml") -> Project:
    """The project a TOML text describes; an error names the line and the key."""
    if len(text) > MAX_BYTES:
        raise ProjectError(path, None, "", f"is larger than {MAX_BYTES >> 20} MiB.", "Is it a project file?")
    try:
        data = tomlkit.parse(text).unwrap()
    except ParseError as error:
        raise ProjectError(path, error.line, "", f"is not valid TOML: {_plain(error)}.") from error
    except (TOMLKitError, ValueError, RecursionError) as error:
        raise ProjectError(path, None, "", f"is not valid TOML: {_plain(error)}.") from error
    try:
        file = _ProjectFile.model_validate(data)
    except ValidationError as error:
        raise _project_error(error, text, path) from error
    project = _to_project(file)
    _check_names(project, text, path)
    _check_keys(project, text, path)
    _check_parents(project, text, path)
    _check_attributes(project, text, path)
    _check_expansions(project, text, path)
    canary = project.prelabel.canary
    if canary is not None and not (canary.model or canary.prompts):
        line = _line_of(text, ("prelabel", "canary"))
        raise ProjectError(path, line, "prelabel.canary", "names neither a model nor prompts.", "Name one of them.")
    return project


def _plain(error: Exception) -> str:
    return str(error).split(" at line ")[0].rstrip(".")


def _project_error(error: ValidationError, text: str, path: Path | str) -> ProjectError:
    first = min(error.errors(), key=lambda e: (e["type"] == "string_type", len(e["loc"])))
    loc = tuple(
        part for part in first["loc"] if not (isinstance(part, str) and ("constrained" in part or part[:1] == "_"))
    )
    key = ".".join(f"[{part + 1}]" if isinstance(part, int) else str(part) for part in loc).replace(".[", "[")
    if first["type"] == "extra_forbidden":
        known = _known_keys(loc)
        what, hint = "is not a known key.", f"Known here: {', '.join(known)}." if known else ""
    elif first["type"] == "missing":
        what, hint = "is missing.", ""
    elif first["type"] == "model_type" and "labels" in loc:
        what, hint = f"a label is a name or a table with a name, not {first.get('input')!r}.", ""
    else:
        given = first.get("input")
        shown = f", not {given!r}" if isinstance(given, str | int | float | bool) else ""
        what, hint = f"{first['msg'][0].lower()}{first['msg'][1:]}{shown}.", ""
    return ProjectError(path, _line_of(text, loc), key, what, hint)


def _known_keys(loc: Sequence[Any]) -> list[str]:
    if tuple(loc[:2]) == ("prelabel", "canary") and len(loc) > 2:
        return sorted(_Canary.model_fields)
    tables: dict[str, type[_Table]] = {
        "tier": _Tier,
        "question": _Question,
        "span": _Span,
        "relation": _Relation,
        "workflow": _Workflow,
        "prelabel": _Prelabel,
    }
    if len(loc) == 1:
        return sorted(_ProjectFile.model_fields)
    if "labels" in loc:
        return sorted(_Label.model_fields)
    if "attributes" in loc:
        return sorted(_Attribute.model_fields)
    table = tables.get(str(loc[0]))
    return sorted(table.model_fields) if table else []


_HEADER = re.compile(r"^\s*(\[\[|\[)\s*([A-Za-z0-9_.\"-]+)\s*\]\]?")
_KEY = re.compile(r"^\s*\"?([A-Za-z0-9_-]+)\"?\s*=")


def _line_of(text: str, loc: Sequence[Any]) -> int | None:
    """Line (1 first) of a key such as ``("tier", 0, "labels", 2)``, or of the nearest thing above it."""
    seen: dict[str, int] = {}
    table: tuple[Any, ...] = ()
    best: tuple[int, int | None] = (0, 1 if loc else None)
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            name = header.group(2).strip('"')
            if header.group(1) == "[[":
                seen[name] = seen.get(name, -1) + 1
                table = (name, seen[name])
            else:
                table = tuple(name.split("."))
            here: tuple[Any, ...] = table
        elif key := _KEY.match(line):
            here = (*table, key.group(1))
        else:
            continue
        if tuple(loc[: len(here)]) == here and len(here) > best[0]:
            best = (len(here), number)
    return best[1]


def _to_project(file: _ProjectFile) -> Project:
    def labels(given: Sequence[_Label | str]) -> tuple[Label, ...]:
        return tuple(Label(name=g) if isinstance(g, str) else Label(**g.model_dump()) for g in given)

    def values(table: _Table, **changed: Any) -> dict[str, Any]:
        plain = {name: getattr(table, name) for name in type(table).model_fields}
        if "labels" in plain:
            plain["labels"] = labels(plain["labels"])
        if "attributes" in plain:
            plain["attributes"] = tuple(
                Attribute(a.name, AttributeKind(a.kind), tuple(a.values), a.description) for a in plain["attributes"]
            )
        return {**plain, **changed}

    schema = LabelSchema(
        tiers=tuple(Tier(**values(t, kind=TierKind(t.kind), rule=TierRule(t.rule))) for t in file.tier),
        questions=tuple(
            Question(**values(q, kind=QuestionKind(q.kind), scale=(q.scale[0], q.scale[1]))) for q in file.question
        ),
        span_types=tuple(SpanType(**values(s)) for s in file.span),
        relation_types=tuple(RelationType(**values(r)) for r in file.relation),
    )
    return Project(
        name=file.name,
        schema=schema,
        guidelines=file.guidelines,
        languages=tuple(file.languages),
        workflow=WorkflowPolicy(**file.workflow.model_dump()),
        prelabel=_prelabel(file.prelabel),
        expansions=tuple(file.expansions.items()),
    )


def _prelabel(table: _Prelabel) -> PrelabelPolicy:
    said = {**table.model_dump(), "prompts": tuple(table.prompts.items())}
    canary = None
    if table.canary is not None:
        canary = CanaryPolicy(**{**table.canary.model_dump(), "prompts": tuple(table.canary.prompts.items())})
    return PrelabelPolicy(**{**said, "canary": canary})


_OWN_TABLES = ("prompts", "canary")
_TABLE_OF: dict[type, str] = {Tier: "tier", Question: "question", SpanType: "span", RelationType: "relation"}


def _places(schema: LabelSchema) -> list[tuple[str, int, Any]]:
    groups: tuple[Sequence[Any], ...] = (schema.tiers, schema.questions, schema.span_types, schema.relation_types)
    return [(_TABLE_OF[type(part)], place, part) for group in groups for place, part in enumerate(group)]


def _check_names(project: Project, text: str, path: Path | str) -> None:
    seen: set[str] = set(RESERVED_NAMES)
    if not project.schema.tiers and not project.schema.questions and not project.schema.span_types:
        raise ProjectError(path, None, "", "has nothing to label.", "Add a [[tier]], a [[question]] or a [[span]].")
    for table, place, part in _places(project.schema):
        if part.name in seen:
            line = _line_of(text, (table, place, "name"))
            what = "is reserved." if part.name in RESERVED_NAMES else f"{part.name!r} is used twice."
            raise ProjectError(path, line, f"{table}[{place + 1}].name", what, "Give each part its own name.")
        seen.add(part.name)
        names = [label.name for label in part.labels]
        key = f"{table}[{place + 1}].labels"
        if (twice := _first_twice(names)) is not None:
            raise ProjectError(path, _line_of(text, (table, place, "labels")), key, f"{twice!r} stands twice.")
        needs = isinstance(part, Question) and part.kind in (QuestionKind.CHOICE, QuestionKind.MULTI_LABEL)
        if needs and len(names) < 2:
            line = _line_of(text, (table, place, "labels"))
            raise ProjectError(path, line, key, f"a {part.kind} question needs at least two labels.")
        if isinstance(part, Question) and not 0 < part.scale[1] - part.scale[0] < MAX_RATINGS:
            line = _line_of(text, (table, place, "scale"))
            what = f"the lowest rating must be below the highest, with at most {MAX_RATINGS:,} in all."
            raise ProjectError(path, line, f"{table}[{place + 1}].scale", what)


def _first_twice(names: Sequence[str]) -> str | None:
    return next((name for name, times in Counter(names).items() if times > 1), None)


def _check_keys(project: Project, text: str, path: Path | str) -> None:
    for table, place, part in _places(project.schema):
        keys = [label.key.lower() for label in part.labels if label.key]
        if (twice := _first_twice(keys)) is not None:
            line = _line_of(text, (table, place, "labels"))
            raise ProjectError(path, line, f"{table}[{place + 1}].labels", f"the key {twice!r} is given twice.")


def _check_parents(project: Project, text: str, path: Path | str) -> None:
    parents = {tier.name: tier.parent for tier in project.schema.tiers}
    for place, tier in enumerate(project.schema.tiers):
        key = f"tier[{place + 1}].parent"
        if tier.parent is not None and tier.parent not in parents:
            line = _line_of(text, ("tier", place, "parent"))
            raise ProjectError(path, line, key, f"there is no tier {tier.parent!r}.")
        if tier.parent is None and tier.rule is not TierRule.NONE:
            line = _line_of(text, ("tier", place, "rule"))
            raise ProjectError(path, line, f"tier[{place + 1}].rule", "needs a parent tier.")
        above, steps = tier.parent, 0
        while above is not None and steps <= len(parents):
            above, steps = parents.get(above), steps + 1
        if above is not None:
            line = _line_of(text, ("tier", place, "parent"))
            raise ProjectError(path, line, key, "a tier may not be above itself.")


def _check_attributes(project: Project, text: str, path: Path | str) -> None:
    for place, tier in enumerate(project.schema.tiers):
        line, key = _line_of(text, ("tier", place, "attributes")), f"tier[{place + 1}].attributes"
        if (twice := _first_twice([a.name for a in tier.attributes])) is not None:
            raise ProjectError(path, line, key, f"{twice!r} stands twice.")
        for attribute in tier.attributes:
            is_choice = attribute.kind is AttributeKind.CHOICE
            if is_choice != bool(attribute.values) or _first_twice(attribute.values) is not None:
                what = "needs values, each once." if is_choice else "has values, but is no choice."
                raise ProjectError(path, line, key, f"{attribute.name!r} {what}")


def _check_expansions(project: Project, text: str, path: Path | str) -> None:
    for short, meaning in project.expansions:
        if wrong := fault(short, meaning):
            line = _line_of(text, ("expansions", short))
            raise ProjectError(path, line, f"expansions.{short[:50]}", f"{wrong}.")


def write_project(project: Project) -> str:
    """The TOML text of a project; keys at their default are left out."""
    document = tomlkit.document()
    document.add("name", tomlkit.item(project.name))
    if project.guidelines:
        document.add("guidelines", tomlkit.item(project.guidelines))
    if project.languages:
        document.add("languages", tomlkit.item(list(project.languages)))
    for table, _, part in _places(project.schema):
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


def _canary_item(canary: dict[str, Any]) -> Any:
    table = tomlkit.table()
    for key, value in canary.items():
        if key != "prompts" and value != "":
            table.add(key, value)
    if canary["prompts"]:
        table.add("prompts", _prompts_item(canary["prompts"]))
    return table


def _prompts_item(prompts: Sequence[tuple[str, str]]) -> Any:
    table = tomlkit.table()
    for purpose, text in prompts:
        table.add(purpose, tomlkit.string(text, multiline="\n" in text))
    return table


def _plain_values(part: Any) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    for spec in fields(part):
        value = getattr(part, spec.name)
        if spec.name == "name" or value != spec.default:
            values[spec.name] = (
                list(value) if isinstance(value, tuple) else str(value) if isinstance(value, str) else value
            )
    return values


def _tables_item(parts: Sequence[Label | Attribute]) -> Any:
    array = tomlkit.array()
    for part in parts:
        table = tomlkit.inline_table()
        for name, value in _plain_values(part).items():
            table.add(name, value)
        array.append(table)
    return array.multiline(len(parts) > 3)
