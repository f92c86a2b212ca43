"""What the section about the model asks for: the models of this computer, a file or a name looked at, a trial."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import AnnodeskError
from annodesk.ui.setup.page import facts_line
from annodesk.ui.setup.words import EMBEDDED, model_name

if TYPE_CHECKING:
    from annodesk.progress import CancelToken, Progress
    from annodesk.services import Services
    from annodesk.services.canary import CanaryReport
    from annodesk.services.models import FileFacts
    from annodesk.services.trials import Trial


class KnownModel(Struct, frozen=True):
    """A model as it is offered: what the project's file calls it, its name, what is known of it, whether it works."""

    named: str
    title: str
    text: str
    ok: bool
    sentence: str = ""


class Models(Struct, frozen=True):
    """The model in use, those of this computer, and how the canary does where there is one."""

    in_use: KnownModel
    known: tuple[KnownModel, ...]
    canary: CanaryReport | None = None
    canary_trouble: str = ""


def size_words(n_bytes: int) -> str:
    """A file's size as people say it."""
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{max(1, round(n_bytes / 1e6)):,} MB"


def parameter_words(count: int) -> str:
    """How large a model is."""
    return (
        f"{count / 1e9:.1f} billion parameters" if count >= 1e9 else f"{max(0.1, count / 1e6):.1f} million parameters"
    )


def facts_words(found: FileFacts) -> str:
    """What is known of a model file, on one line."""
    facts = found.facts
    return facts_line(
        size_words(facts.size_bytes),
        parameter_words(facts.n_parameters),
        f"reads {facts.n_ctx:,} tokens",
        f"takes about {size_words(facts.memory_bytes)} of memory",
        f"licence: {found.licence}" if found.licence else "licence not stated",
        f"sha256 {facts.sha256[:12]}",
    )


def read_models(services: Services, project_id: str, cancel: CancelToken) -> Models:
    """Look at the model in use, and at what else is here."""
    stands = services.projects.get(project_id).project.prelabel.model
    try:
        in_use = KnownModel(
            stands, model_name(stands), facts_words(services.models.facts(stands, cancel)), True, "Ready."
        )
    except AnnodeskError as error:
        in_use = KnownModel(stands, model_name(stands), "", False, f"{error.sentence} {error.hint}".strip())
    cancel.check()
    known = [
        KnownModel(
            one.name,
            model_name(one.name)[:1].upper() + model_name(one.name)[1:],
            facts_line(size_words(one.size_bytes), f"licence: {one.licence}" if one.licence else "licence not stated"),
            True,
        )
        for one in services.models.shelf.list()
    ]
    if (stands or EMBEDDED) not in {one.named for one in known}:
        known.append(KnownModel(stands, in_use.title, in_use.text or in_use.sentence, in_use.ok))
    try:
        return Models(in_use, tuple(known), services.models.canary_report(project_id))
    except AnnodeskError as error:
        return Models(in_use, tuple(known), None, f"{error.sentence} {error.hint}".strip())


def check_file(services: Services, path: Path, cancel: CancelToken) -> KnownModel:
    """Look at a file as the engine would; raises where it cannot be used."""
    found = services.models.facts(str(path), cancel)
    return KnownModel(str(path), found.facts.name or path.name, facts_words(found), True)


def fetch_by_name(services: Services, name: str, cancel: CancelToken, progress: Progress) -> KnownModel:
    """Fetch a model of the hub, or go on where fetching was stopped; what is here is not fetched again."""
    progress(0.0, f"asking for {name}")
    looked = services.models.shelf.look(name, cancel)
    licence = looked.offer.licence or "not stated"
    words = f"fetching {looked.full_name}, {size_words(looked.file.size_bytes)}, licence {licence}"
    found = services.models.shelf.fetch(looked, progress=lambda share, _: progress(share, words), cancel=cancel)
    told = facts_line(size_words(found.size_bytes), f"licence: {licence}")
    return KnownModel(found.name, model_name(found.name), told, True)


def try_model(
    services: Services,
    project_id: str,
    cancel: CancelToken,
    progress: Progress,
    *,
    model: str,
    prompts: Mapping[str, str] | None = None,
) -> Trial:
    """Half a minute of a model on the project's own settled items."""
    return services.models.trial(project_id, model, prompts=prompts or None, progress=progress, cancel=cancel)
