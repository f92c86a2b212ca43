"""Models on this computer and from the hub: looked at, fetched, tried on the project, adopted or made its canary."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.paths import resource
from annodesk.prelabel import hub, hub_fetch
from annodesk.prelabel.check import EMBEDDED_NAME, ModelFacts, check_model, embedded_model
from annodesk.prelabel.header import HeaderError, read_header
from annodesk.prelabel.names import ModelName, require_name
from annodesk.prelabel.prompts import prompts_of
from annodesk.prelabel.registry import Fetched, Registry
from annodesk.progress import CancelToken, Progress, silent
from annodesk.services.base import Desk, wall_clock_us
from annodesk.services.canary import Canary, CanaryReport
from annodesk.services.model_choice import EMBEDDED, choose_model
from annodesk.services.trials import TRIAL_S, Trial, Trials
from annodesk.store import projects as rows

if TYPE_CHECKING:
    from annodesk.prelabel.hub import Offer, OfferedFile
    from annodesk.services.prelabel import Prelabels
    from annodesk.services.projects import PolicySet, Projects

CANARY, MODEL, PROMPTS = "prelabel.canary", "prelabel.model", "prelabel.prompts"


class KnownModel(Struct, frozen=True):
    """A model that is on this computer; ``name`` is what a project file calls it."""

    name: str
    path: Path
    sha256: str
    size_bytes: int
    licence: str
    licence_url: str
    source: str


class Looked(Struct, frozen=True):
    """A model on the hub and the file that a name means there; ``here`` where it was fetched already."""

    name: ModelName
    offer: Offer
    file: OfferedFile
    here: Fetched | None

    @property
    def full_name(self) -> str:
        """What a project file calls it."""
        return self.offer.name_of(self.file, self.name.revision)


class FileFacts(Struct, frozen=True):
    """What a model file on this computer says of itself, once it has passed the checks."""

    facts: ModelFacts
    licence: str
    has_template: bool


class ModelShelf:
    """The models of this computer; needs no project."""

    def __init__(self, registry: Registry | None = None, *, clock: Callable[[], int] = wall_clock_us) -> None:
        self._registry, self._clock = registry or Registry(), clock

    def list(self) -> list[KnownModel]:
        """The shipped model, then the fetched ones by name."""
        shipped = embedded_model()
        card = json.loads(resource(f"model/{EMBEDDED_NAME}.json").read_text(encoding="utf-8"))
        first = KnownModel(
            EMBEDDED, shipped.path, shipped.sha256, shipped.path.stat().st_size, str(card["licence"]), "", "shipped"
        )
        return [first, *map(_known, self._registry.list())]

    def look(self, name: str, cancel: CancelToken | None = None) -> Looked:
        """What a name stands for on the hub: its file, size and licence; nothing is fetched."""
        wanted = require_name(name)
        offer = hub.look(wanted, cancel)
        file = offer.choose(wanted)
        return Looked(wanted, offer, file, self._registry.find(offer.name_of(file, wanted.revision)))

    def fetch(self, looked: Looked, *, progress: Progress = silent, cancel: CancelToken | None = None) -> KnownModel:
        """Fetch what was looked at, its licence read; a fetch that was stopped goes on where it was."""
        found = hub_fetch.fetch(
            self._registry, looked.name, looked.offer, now_us=self._clock(), progress=progress, cancel=cancel
        )
        return _known(found)

    def forget(self, name: str) -> KnownModel:
        """Delete a fetched model from this computer."""
        return _known(self._registry.forget(name))

    def facts(self, named: str, home: Path, cancel: CancelToken | None = None) -> FileFacts:
        """What a model on this computer is, by path or name; ModelError where it cannot be used."""
        path, sha256 = choose_model(named, home)
        facts = check_model(path, expected_sha256=sha256, cancel=cancel)
        try:
            header = read_header(path)
        except (HeaderError, OSError):
            return FileFacts(facts, "", False)
        known = next((one.licence for one in self.list() if one.path == path), "")
        stated = " ".join(header.text("general.license").split())
        return FileFacts(facts, known or stated, bool(header.text("tokenizer.chat_template")))


class Models:
    """What a project does with models: tries one, adopts it, runs it as a canary, promotes it."""

    def __init__(self, desk: Desk, projects: Projects, prelabels: Prelabels) -> None:
        self._desk, self._projects = desk, projects
        self.shelf = ModelShelf(clock=desk.clock)
        self.trials = Trials(desk, prelabels)
        self.canary = Canary(desk, prelabels)

    @property
    def is_shared(self) -> bool:
        """Whether a team's worker runs the canary."""
        return self._desk.is_shared

    def facts(self, named: str, cancel: CancelToken | None = None) -> FileFacts:
        """What a model on this computer is; paths count from the project's folder."""
        return self.shelf.facts(named, self._desk.home, cancel)

    def trial(
        self,
        project_id: str,
        model: str,
        *,
        prompts: Mapping[str, str] | None = None,
        seconds: float = TRIAL_S,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> Trial:
        """Half a minute of a model on the project's own settled items; writes nothing."""
        return self.trials.run(project_id, model, prompts=prompts, seconds=seconds, progress=progress, cancel=cancel)

    def adopt(self, project_id: str, person_id: str, model: str) -> PolicySet:
        """Make it the project's model from now on, by a version of the project."""
        self.facts(model)
        return self._projects.set_policy(project_id, person_id, {MODEL: model, CANARY: None})

    def start_canary(
        self,
        project_id: str,
        person_id: str,
        *,
        model: str = "",
        prompts: Mapping[str, str] | None = None,
        share: float = 0.10,
        confidence: float = 0.95,
        margin: float = 0.05,
    ) -> PolicySet:
        """Let a new model, or the same with new prompts, answer a share of the items beside the one in use."""
        if not model and not prompts:
            raise WorkflowError("A canary is a new model or new prompts.", "Name one of them.")
        with self._desk.file.read() as db:
            policy = rows.get_version(db, project_id).project.prelabel
        if (model or policy.model) == policy.model and tuple((prompts or {}).items()) in ((), policy.prompts):
            raise WorkflowError("That is the model in use, asked as it is.", "Name another one, or other prompts.")
        if model:
            self.facts(model)
        prompts_of(dict(prompts or {}), is_shipped_model=False)  # one that lacks something is refused here
        said: dict[str, object] = {"share": share, "confidence": confidence, "margin": margin}
        said |= {"model": model} if model else {}
        said |= {"prompts": dict(prompts)} if prompts else {}
        return self._projects.set_policy(project_id, person_id, {CANARY: said})

    def stop_canary(self, project_id: str, person_id: str) -> PolicySet:
        """Let the canary answer no more; what it has said is kept."""
        self._require_canary(project_id)
        return self._projects.set_policy(project_id, person_id, {CANARY: None})

    def canary_report(self, project_id: str) -> CanaryReport | None:
        """How the canary does beside the model in use; None where there is none."""
        return self.canary.report(project_id, is_shared=self._desk.is_shared)

    def promote(self, project_id: str, person_id: str) -> PolicySet:
        """Put the canary in the place of the model in use; refused until it is known to be not worse."""
        self._require_canary(project_id)
        report = self.canary_report(project_id)
        if report is None or not report.verdict.is_not_worse:
            raise WorkflowError(
                "The canary is not promoted.", report.sentence if report is not None else "It has answered nothing."
            )
        with self._desk.file.read() as db:
            policy = rows.get_version(db, project_id).project.prelabel
        canary = policy.canary
        assert canary is not None
        changes: dict[str, object] = {CANARY: None}
        changes |= {MODEL: canary.model} if canary.model else {}
        changes |= {PROMPTS: dict(canary.prompts)} if canary.prompts else {}
        return self._projects.set_policy(project_id, person_id, changes)

    def _require_canary(self, project_id: str) -> None:
        with self._desk.file.read() as db:
            if rows.get_version(db, project_id).project.prelabel.canary is None:
                raise WorkflowError("The project has no canary.", "Start one first.")


def _known(one: Fetched) -> KnownModel:
    return KnownModel(one.name, one.path, one.sha256, one.size_bytes, one.licence, one.licence_url, "fetched")
