"""Reads the TOML file of a project; errors name line and key."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import asdict

from annodesk import toml
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

# Types and ranges are checked by what stands here; what spans several keys is checked below.

_Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
_Share = Annotated[float, Meta(ge=0, le=1)]
_Rating = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
_Purpose = Literal["segment", "text", "each", "spans"]
_Prompts = dict[_Purpose, Annotated[str, Meta(min_length=1, max_length=MAX_PROMPT)]]


class _Table(toml.Table, frozen=True, forbid_unknown_fields=True):
    pass


class _Label(_Table, frozen=True):
    name: _Name
    key: Annotated[str, Meta(max_length=1)] = ""
    colour: Annotated[str, Meta(pattern=r"\A(#[0-9a-fA-F]{6})?\Z", title="a colour such as #4e9bd8")] = ""
    escalate_below: _Share | None = None
    unsure_below: _Share | None = None
    model_sure_from: _Share | None = None
    reference_below: _Share | None = None
    description: str = ""
    group: Annotated[str, Meta(max_length=LONGEST_SKILL, pattern=r"\A[^\x00-\x1f\x7f,;|:]*\Z")] = ""


_Labels = list[Annotated[_Label | _Name, Meta(title="a name or a table with a name")]]


class _Attribute(_Table, frozen=True):
    name: _Name
    kind: Literal["text", "choice", "number"] = "text"
    values: list[_Name] = []
    description: str = ""


class _Tier(_Table, frozen=True):
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
    attributes: Annotated[list[_Attribute], Meta(max_length=MAX_PARTS)] = []


class _Question(_Table, frozen=True):
    name: _Name
    kind: Literal["choice", "multi-label", "rating", "text"] = "choice"
    labels: _Labels = []
    scale: tuple[_Rating, _Rating] = (1, 5)
    not_sure: bool = False
    required: bool = True
    escalate_below: _Share | None = None
    unsure_below: _Share | None = None
    model_sure_from: _Share | None = None
    reference_below: _Share | None = None
    description: str = ""


class _Span(_Table, frozen=True):
    name: _Name
    labels: _Labels = []
    overlap: bool = True
    required: bool = False
    escalate_below: _Share | None = None
    unsure_below: _Share | None = None
    model_sure_from: _Share | None = None
    reference_below: _Share | None = None
    description: str = ""


class _Relation(_Table, frozen=True):
    name: _Name
    labels: _Labels = []
    description: str = ""


class _Workflow(_Table, frozen=True):
    overlap: Annotated[int, Meta(ge=1, le=20)] = 2
    overlap_share: _Share = 0.20
    task_seconds: Annotated[int, Meta(ge=1, le=31 * 24 * 3600)] = 1200
    context_seconds: Annotated[int, Meta(ge=0, le=3600)] = 10
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
    lease_hours: Annotated[float, Meta(gt=0, le=24 * 3660)] = 24
    pack_days: Annotated[float, Meta(gt=0, le=3660)] = 7
    offline_media: bool = True
    offline_suggestions: bool = True
    sensitive_minutes_a_day: Annotated[float, Meta(gt=0, le=1440)] | None = None
    reference_missed_by: Annotated[int, Meta(ge=1, le=1000)] | None = None
    reference_missed_share: Annotated[float, Meta(gt=0, le=1)] | None = None
    record_times: bool = True
    record_looks: bool = True


class _Canary(_Table, frozen=True):
    model: str = ""
    prompts: _Prompts = {}
    share: Annotated[float, Meta(gt=0, le=1)] = 0.10
    confidence: Annotated[float, Meta(ge=0.5, le=0.9999)] = 0.95
    margin: Annotated[float, Meta(ge=0, le=0.5)] = 0.05


class _Prelabel(_Table, frozen=True):
    model: Annotated[str, Meta(min_length=1)] = "embedded"
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


class _ProjectFile(_Table, frozen=True):
    name: _Name
    guidelines: str = ""
    languages: list[str] = []
    tier: Annotated[list[_Tier], Meta(max_length=MAX_PARTS)] = []
    question: Annotated[list[_Question], Meta(max_length=MAX_PARTS)] = []
    span: Annotated[list[_Span], Meta(max_length=MAX_PARTS)] = []
    relation: Annotated[list[_Relation], Meta(max_length=MAX_PARTS)] = []
    workflow: _Workflow = msgspec.field(default_factory=_Workflow)
    prelabel: _Prelabel = msgspec.field(default_factory=_Prelabel)
    expansions: Annotated[dict[str, str], Meta(max_length=MOST_EXPANSIONS)] = {}


class ProjectText(Struct, frozen=True):
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
        file = toml.check(toml.read(text), _ProjectFile)
    except toml.NotToml as error:
        raise ProjectError(path, error.line, "", f"is not valid TOML: {error}.") from error
    except toml.WrongValue as error:
        hint = f"Known here: {', '.join(error.known)}." if error.known else ""
        raise ProjectError(path, _line_of(text, error.place), toml.dotted(error.place), error.what, hint) from error
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
        return tuple(Label(name=g) if isinstance(g, str) else Label(**asdict(g)) for g in given)

    def values(table: _Table, **changed: Any) -> dict[str, Any]:
        plain = {name: getattr(table, name) for name in table.__struct_fields__}
        if "labels" in plain:
            plain["labels"] = labels(plain["labels"])
        if "attributes" in plain:
            plain["attributes"] = tuple(
                Attribute(a.name, AttributeKind(a.kind), tuple(a.values), a.description) for a in plain["attributes"]
            )
        return {**plain, **changed}

    schema = LabelSchema(
        tiers=tuple(Tier(**values(t, kind=TierKind(t.kind), rule=TierRule(t.rule))) for t in file.tier),
        questions=tuple(Question(**values(q, kind=QuestionKind(q.kind))) for q in file.question),
        span_types=tuple(SpanType(**values(s)) for s in file.span),
        relation_types=tuple(RelationType(**values(r)) for r in file.relation),
    )
    return Project(
        name=file.name,
        schema=schema,
        guidelines=file.guidelines,
        languages=tuple(file.languages),
        workflow=WorkflowPolicy(**asdict(file.workflow)),
        prelabel=_prelabel(file.prelabel),
        expansions=tuple(file.expansions.items()),
    )


def _prelabel(table: _Prelabel) -> PrelabelPolicy:
    canary = None
    if table.canary is not None:
        canary = CanaryPolicy(**{**asdict(table.canary), "prompts": tuple(table.canary.prompts.items())})
    return PrelabelPolicy(**{**asdict(table), "prompts": tuple(table.prompts.items()), "canary": canary})


_TABLE_OF: dict[type, str] = {Tier: "tier", Question: "question", SpanType: "span", RelationType: "relation"}


def places_of(schema: LabelSchema) -> list[tuple[str, int, Any]]:
    """The parts of a schema as the file has them: the name of the table, which of these, and the part."""
    groups: tuple[Sequence[Any], ...] = (schema.tiers, schema.questions, schema.span_types, schema.relation_types)
    return [(_TABLE_OF[type(part)], place, part) for group in groups for place, part in enumerate(group)]


def _check_names(project: Project, text: str, path: Path | str) -> None:
    seen: set[str] = set(RESERVED_NAMES)
    if not project.schema.tiers and not project.schema.questions and not project.schema.span_types:
        raise ProjectError(path, None, "", "has nothing to label.", "Add a [[tier]], a [[question]] or a [[span]].")
    for table, place, part in places_of(project.schema):
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
    for table, place, part in places_of(project.schema):
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
