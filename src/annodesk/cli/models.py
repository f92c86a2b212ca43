"""The verb model: which models are here, one fetched by name, tried on a project, adopted or run as its canary."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from msgspec.structs import asdict

from annodesk.cli.model_option import as_named
from annodesk.cli.output import db_option, json_option, local_path, progress_bar, project_option, show, tell
from annodesk.errors import AnnodeskError, WorkflowError
from annodesk.model.work import Role
from annodesk.services import Services
from annodesk.services.models import KnownModel, Looked, ModelShelf
from annodesk.services.trials import TRIAL_S, Trial

as_option = click.option("--as", "person", metavar="NAME", help="Who decides; needed where several may.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask; for scripts.")


@click.group("model")
def model_command() -> None:
    """Language models: on this computer, fetched by name, tried, adopted, or run beside the one in use."""


@model_command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """The models on this computer."""
    found = ModelShelf().list()
    show([_document(one) for one in found], as_json, lambda: [_line(one) for one in found])


@model_command.command("show")
@click.argument("name", metavar="NAME|FILE")
@json_option
def show_command(name: str, as_json: bool) -> None:
    """What a model is: of a file on this computer, or of a name on the hub with its licence."""
    shelf, path = ModelShelf(), Path(name).expanduser()
    is_here = path.exists() or any(one.name == name for one in shelf.list())
    if not is_here:
        looked = shelf.look(name)
        show(_offered(looked), as_json, lambda: _offer_lines(looked))
        return
    about = shelf.facts(name, Path.cwd())
    facts = about.facts
    document = {
        "name": facts.name,
        "path": str(facts.path),
        "sha256": facts.sha256,
        "size_bytes": facts.size_bytes,
        "architecture": facts.architecture,
        "parameters": facts.n_parameters,
        "context_tokens": facts.n_ctx_train,
        "memory_bytes": facts.memory_bytes,
        "licence": about.licence,
        "chat_template": about.has_template,
    }
    lines = [
        f"{facts.name}: {facts.architecture}, {facts.n_parameters:,} parameters, reads {facts.n_ctx_train:,} tokens.",
        f"File: {facts.path}, {_size(facts.size_bytes)}, takes about {_size(facts.memory_bytes)} of memory.",
        f"Licence: {about.licence or 'not stated'}. Chat template: {'yes' if about.has_template else 'no'}.",
    ]
    show(document, as_json, lambda: lines)


@model_command.command("fetch")
@click.argument("name", metavar="OWNER/MODEL[:QUANTISATION]")
@yes_option
@json_option
def fetch_command(name: str, yes: bool, as_json: bool) -> int:
    """Fetch a model from the hub, its licence shown first; one that was stopped goes on where it was."""
    shelf = ModelShelf()
    looked = shelf.look(name)
    if looked.here is None:
        for line in _offer_lines(looked):
            tell(line)
        if not yes and not _asked("Fetch it under this licence?"):
            return 1
    with progress_bar("fetching") as progress:
        found = shelf.fetch(looked, progress=progress)
    show(_document(found), as_json, lambda: f"{found.name} is on this computer: {found.path}")
    return 0


@model_command.command("forget")
@click.argument("name")
@json_option
def forget_command(name: str, as_json: bool) -> None:
    """Delete a fetched model from this computer; what it has suggested stays."""
    found = ModelShelf().forget(name)
    show(_document(found), as_json, lambda: f"{found.name} was deleted, {_size(found.size_bytes)} are free again.")


@model_command.command("trial")
@click.argument("name", metavar="NAME|FILE")
@db_option
@project_option
@click.option("--seconds", type=click.FloatRange(1, 3600), default=TRIAL_S, show_default=True, help="How long.")
@json_option
def trial_command(name: str, db: str, project: str | None, seconds: float, as_json: bool) -> None:
    """Half a minute of a model on the project's own settled items; nothing is written."""
    with Services.open(local_path(db), read_only=True) as services, progress_bar("trial") as progress:
        known = services.projects.find(project)
        found = services.models.trial(known.id, as_named(name), seconds=seconds, progress=progress)
    show(_trial(found), as_json, lambda: _trial_lines(found))


@model_command.command("adopt")
@click.argument("name", metavar="NAME|FILE")
@db_option
@project_option
@as_option
@yes_option
@json_option
def adopt_command(name: str, db: str, project: str | None, person: str | None, yes: bool, as_json: bool) -> int:
    """Try a model, then make it the project's."""
    with Services.open(local_path(db)) as services:
        known = services.projects.find(project)
        named, person_id = as_named(name), _person(services, known.id, person)
        try:
            with progress_bar("trial") as progress:
                for line in _trial_lines(services.models.trial(known.id, named, progress=progress)):
                    tell(line)
        except WorkflowError as error:
            tell(str(error))
        if not yes and not _asked(f"Make it the model of {known.name}?"):
            return 1
        done = services.models.adopt(known.id, person_id, named)
    document = {"project": known.id, "version": done.info.version, "waiting": done.info.is_waiting, "model": named}
    where = "once the server has numbered it" if done.info.is_waiting else f"version {done.info.version}"
    show(document, as_json, lambda: f"{known.name} uses {named} from now on ({where}).")
    return 0


@model_command.command("canary")
@db_option
@project_option
@click.option("--start", metavar="NAME|FILE", help="Let this model answer a share beside the one in use.")
@click.option(
    "--prompt", "prompts", multiple=True, metavar="PURPOSE=FILE",
    help="Begin with another prompt for segment, text, each or spans; alone or with --start.",
)  # fmt: skip
@click.option("--share", type=click.FloatRange(0, 1, min_open=True), default=0.10, show_default=True)
@click.option("--confidence", type=click.FloatRange(0.5, 0.9999), default=0.95, show_default=True)
@click.option("--margin", type=click.FloatRange(0, 0.5), default=0.05, show_default=True, help="What counts as worse.")
@click.option("--run", "runs", is_flag=True, help="Let it answer what it has not answered yet.")
@click.option("--promote", is_flag=True, help="Put it in the place of the model in use, where it is not worse.")
@click.option("--stop", is_flag=True, help="Let it answer no more.")
@as_option
@json_option
def canary_command(
    db: str, project: str | None, start: str | None, prompts: tuple[str, ...], share: float, confidence: float,
    margin: float, runs: bool, promote: bool, stop: bool, person: str | None, as_json: bool,
) -> None:  # fmt: skip
    """How a new model does beside the one in use; without an option, how it stands."""
    if sum(map(bool, (start or prompts, promote, stop))) > 1:
        raise click.UsageError("One of --start, --promote and --stop at a time.")
    with Services.open(local_path(db)) as services:
        known, models = services.projects.find(project), services.models
        if start or prompts:
            who = _person(services, known.id, person)
            models.start_canary(
                known.id, who, model=as_named(start) if start else "", prompts=dict(map(_prompt, prompts)), share=share,
                confidence=confidence, margin=margin,
            )  # fmt: skip
        if runs:
            if models.is_shared:
                raise WorkflowError("In a team the canary is run by its worker.", "annodesk worker --prelabel")
            with progress_bar("canary") as progress:
                done = models.canary.run(known.id, progress=progress)
            for problem in done.problems:
                tell(f"left out: {problem}")
        # One whose file is gone can still be stopped.
        report = None if stop else models.canary_report(known.id)
        if promote:
            models.promote(known.id, _person(services, known.id, person))
        elif stop:
            models.stop_canary(known.id, _person(services, known.id, person))
    if report is None:
        words = "The canary answers no more." if stop else "The project has no canary; begin one with --start."
        show({"canary": None}, as_json, lambda: words)
        return
    verdict = asdict(report.verdict)
    document = {
        "canary": report.model, "prompts": list(report.prompts), "model": report.old, "share": report.share,
        "confidence": report.confidence,
        "margin": report.margin, "answered": report.answered, **verdict, "promoted": promote,
        "sentence": report.sentence,
    }  # fmt: skip
    after = ["It is the project's model now."] if promote else []
    told = f" with other words for {', '.join(report.prompts)}" if report.prompts else ""
    head = f"{report.model}{told} beside {report.old}: {report.answered} items answered, a share of {report.share:.0%}."
    show(document, as_json, lambda: [head, report.sentence, *after])


def _prompt(said: str) -> tuple[str, str]:
    """A purpose and its prompt, from what stands behind --prompt: a file of one's own, or a shipped prompt's name."""
    purpose, is_whole, named = said.partition("=")
    if not is_whole or not named:
        raise click.UsageError("--prompt takes a purpose and a file, such as segment=own.txt.")
    path = Path(named).expanduser()
    try:
        return purpose, path.read_text(encoding="utf-8") if path.is_file() else named
    except UnicodeDecodeError as error:
        raise AnnodeskError(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from error


def _person(services: Services, project_id: str, name: str | None) -> str:
    if name is not None:
        return services.people.find(name).id
    may = [
        one.person
        for role in (Role.MANAGER, Role.ANALYST)
        for one in services.people.list(project_id)
        if role in one.roles
    ]
    ids = {one.id for one in may if services.projects.may_set(project_id, one.id)}
    if len(ids) != 1:
        names = ", ".join(sorted({one.name for one in may})) or "nobody yet"
        raise AnnodeskError("Say who decides, with --as NAME.", f"Managers and analysts here: {names}.")
    return ids.pop()


def _asked(question: str) -> bool:
    if not sys.stdin.isatty():
        raise AnnodeskError(f"{question} Nobody is here to answer.", "Read it, then run this again with --yes.")
    return click.confirm(question, err=True)


def _document(one: KnownModel) -> dict[str, Any]:
    return {
        "name": one.name, "path": str(one.path), "sha256": one.sha256, "size_bytes": one.size_bytes,
        "licence": one.licence, "licence_url": one.licence_url, "source": one.source,
    }  # fmt: skip


def _line(one: KnownModel) -> str:
    return f"{one.name}  {_size(one.size_bytes)}  {one.licence or 'licence not stated'}  {one.sha256[:12]}"


def _offered(looked: Looked) -> dict[str, Any]:
    offer, file = looked.offer, looked.file
    return {
        "name": looked.full_name, "repo": offer.repo, "revision": offer.revision, "file": file.path,
        "size_bytes": file.size_bytes, "sha256": file.sha256, "licence": offer.licence,
        "licence_url": offer.licence_url, "gated": offer.is_gated, "here": looked.here is not None,
        "files": [offer.name_of(one) for one in offer.files],
    }  # fmt: skip


def _offer_lines(looked: Looked) -> list[str]:
    offer = looked.offer
    terms = " Its owner asks to accept terms first." if offer.is_gated else ""
    return [
        f"{looked.full_name}: {looked.file.path}, {_size(looked.file.size_bytes)}, from {offer.url}",
        f"Licence: {offer.licence or 'not stated'} ({offer.licence_url}).{terms}",
    ]


def _trial(found: Trial) -> dict[str, Any]:
    spread = found.spread
    return {
        "model_sha256": found.facts.sha256, "n": found.n, "agreement": found.agreement,
        "interval": None if spread is None or spread.low is None else [spread.low, spread.high],
        "beside": None if found.beside is None else asdict(found.beside), "load_s": found.load_s,
        "seconds_each": found.seconds_each, "whole_s": found.whole_s, "off_format": found.off_format,
        "problems": list(found.problems), "sentence": found.sentence,
    }  # fmt: skip


def _trial_lines(found: Trial) -> list[str]:
    lines = [found.sentence]
    if found.seconds_each is not None and found.whole_s is not None:
        lines.append(
            f"Loading takes {found.load_s:.1f} s, a piece {found.seconds_each:.2f} s, the whole project about "
            f"{_duration(found.whole_s)}."
        )
    return [*lines, *(f"left out: {problem}" for problem in found.problems)]


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:,.1f} MB"
