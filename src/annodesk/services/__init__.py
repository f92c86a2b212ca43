"""What the window and the command line may ask for: the parts of annodesk put together, and its Python API.

    services = Services.open(Path("work.annodesk"))
    services.projects.init(Path("project.toml"))

All calls on one Services belong on one thread at a time; an EditingSession is plain memory and may live elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Generic, TypeVar, cast, overload

from annodesk.services.base import Belonging, Desk, ServerClock, device_id, wall_clock_us
from annodesk.store import facts
from annodesk.store.engine import LocalFile, open_local

if TYPE_CHECKING:
    from annodesk.services.accuracy import Accuracies
    from annodesk.services.alike import Alike
    from annodesk.services.anchoring import AnchoringFigures
    from annodesk.services.annotate import Annotate
    from annodesk.services.asking import Asking
    from annodesk.services.assigning import Assigning
    from annodesk.services.batches import Batches
    from annodesk.services.bookmarks import Bookmarks
    from annodesk.services.clips import Clips
    from annodesk.services.coordinator import Coordinator
    from annodesk.services.dashboard import Dashboard
    from annodesk.services.debt import DebtFigures
    from annodesk.services.desk_figures import DeskFigures
    from annodesk.services.digest import Digest
    from annodesk.services.discussing import Discussing
    from annodesk.services.drifting import Drifting
    from annodesk.services.evaluate import Evaluation
    from annodesk.services.evidence_reports import EvidenceReports
    from annodesk.services.folders import Folders
    from annodesk.services.given_out import GivenOut
    from annodesk.services.guideline_changes import GuidelineChanges
    from annodesk.services.items import Items
    from annodesk.services.judging import Judging
    from annodesk.services.leases import Leases
    from annodesk.services.listening import Listening
    from annodesk.services.looks import Looks
    from annodesk.services.model_choice import ModelChoice
    from annodesk.services.models import Models
    from annodesk.services.onboarding import Onboarding
    from annodesk.services.packs import Packs
    from annodesk.services.pilots import Pilots
    from annodesk.services.places import LocalPlace
    from annodesk.services.planner import Planner
    from annodesk.services.precedents import Precedents
    from annodesk.services.prelabel import Prelabels
    from annodesk.services.prelabel_apart import PrelabelsApart
    from annodesk.services.prelabelled import Prelabelled
    from annodesk.services.pricing import Pricing
    from annodesk.services.projects import People, Projects
    from annodesk.services.prompting import Prompting
    from annodesk.services.publishing import Publishing
    from annodesk.services.quality import Quality
    from annodesk.services.reference_items import ReferenceItems
    from annodesk.services.rerulings import Rerulings
    from annodesk.services.review import Review
    from annodesk.services.review_batches import ReviewBatches
    from annodesk.services.sampling import Sampling
    from annodesk.services.sync import Sync
    from annodesk.services.takedown import Takedowns
    from annodesk.services.tasks import Tasks
    from annodesk.services.team_results import TeamResults
    from annodesk.services.transfer import Transfer
    from annodesk.services.videos import Videos

T = TypeVar("T")


class Part(Generic[T]):
    """A part of the services, imported and made when it is first asked for: a start waits for none it does not use.

    ``module`` lies in this package; ``needs`` are what it is made from, other attributes of the services.
    """

    def __init__(self, module: str, kind: str, *needs: str) -> None:
        self._module, self._kind, self._needs = module, kind, needs

    def __set_name__(self, owner: type[Services], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, services: None, owner: type[Services]) -> Part[T]: ...
    @overload
    def __get__(self, services: Services, owner: type[Services]) -> T: ...
    def __get__(self, services: Services | None, owner: type[Services]) -> Part[T] | T:
        if services is None:
            return self
        kind = getattr(import_module(f"{__name__}.{self._module}"), self._kind)
        made = kind(*(attrgetter(need)(services) for need in self._needs))
        # Where two threads asked at once both get the same one, and later ones find it without coming here.
        return cast(T, vars(services).setdefault(self._name, made))


class Services:
    """One open project file and everything that can be asked of it."""

    projects: Part[Projects] = Part("projects", "Projects", "desk")
    people: Part[People] = Part("projects", "People", "desk")
    items: Part[Items] = Part("items", "Items", "desk")
    batches: Part[Batches] = Part("batches", "Batches", "desk")
    folders: Part[Folders] = Part("folders", "Folders", "desk")
    videos: Part[Videos] = Part("videos", "Videos", "desk")
    annotate: Part[Annotate] = Part("annotate", "Annotate", "desk")
    bookmarks: Part[Bookmarks] = Part("bookmarks", "Bookmarks", "desk")
    listening: Part[Listening] = Part("listening", "Listening", "desk")
    tasks: Part[Tasks] = Part("tasks", "Tasks", "desk")
    review: Part[Review] = Part("review", "Review", "desk")
    guideline_changes: Part[GuidelineChanges] = Part("guideline_changes", "GuidelineChanges", "desk")
    digest: Part[Digest] = Part("digest", "Digest", "desk")
    place: Part[LocalPlace] = Part("places", "LocalPlace", "desk")
    coordinator: Part[Coordinator] = Part("coordinator", "Coordinator", "place")
    prelabel: Part[Prelabels] = Part("prelabel", "Prelabels", "desk")
    prompting: Part[Prompting] = Part("prompting", "Prompting", "prelabel")
    model_choice: Part[ModelChoice] = Part("model_choice", "ModelChoice", "desk")
    models: Part[Models] = Part("models", "Models", "desk", "projects", "prelabel")
    dashboard: Part[Dashboard] = Part("dashboard", "Dashboard", "desk", "review")
    sync: Part[Sync] = Part("sync", "Sync", "desk")
    desk_figures: Part[DeskFigures] = Part("desk_figures", "DeskFigures", "desk", "sync")
    looks: Part[Looks] = Part("looks", "Looks", "desk", "sync")
    review_batches: Part[ReviewBatches] = Part("review_batches", "ReviewBatches", "desk", "sync")
    clips: Part[Clips] = Part("clips", "Clips", "desk", "sync")
    alike: Part[Alike] = Part("alike", "Alike", "desk", "review", "sync")
    team_results: Part[TeamResults] = Part("team_results", "TeamResults", "sync")
    transfer: Part[Transfer] = Part("transfer", "Transfer", "desk", "tasks", "annotate", "team_results")
    leases: Part[Leases] = Part("leases", "Leases", "desk", "sync")
    packs: Part[Packs] = Part("packs", "Packs", "desk", "sync", "leases")
    pilots: Part[Pilots] = Part("pilots", "Pilots", "desk", "sync")
    quality: Part[Quality] = Part("quality", "Quality", "desk", "sync", "review")
    pricing: Part[Pricing] = Part("pricing", "Pricing", "desk", "sync")
    anchoring: Part[AnchoringFigures] = Part("anchoring", "AnchoringFigures", "desk", "sync")
    accuracy: Part[Accuracies] = Part("accuracy", "Accuracies", "desk", "sync")
    drifting: Part[Drifting] = Part("drifting", "Drifting", "desk", "accuracy")
    planner: Part[Planner] = Part("planner", "Planner", "desk", "anchoring", "pricing")
    publishing: Part[Publishing] = Part("publishing", "Publishing", "desk", "sync")
    judging: Part[Judging] = Part("judging", "Judging", "desk", "sync")
    evaluation: Part[Evaluation] = Part("evaluate", "Evaluation", "desk", "sync", "judging")
    onboarding: Part[Onboarding] = Part("onboarding", "Onboarding", "desk", "sync")
    references: Part[ReferenceItems] = Part("reference_items", "ReferenceItems", "desk", "sync", "accuracy", "judging")
    debt: Part[DebtFigures] = Part("debt", "DebtFigures", "desk", "sync", "judging")
    asking: Part[Asking] = Part("asking", "Asking", "desk", "sync")
    discussing: Part[Discussing] = Part("discussing", "Discussing", "desk", "sync")
    precedents: Part[Precedents] = Part("precedents", "Precedents", "desk", "sync")
    rerulings: Part[Rerulings] = Part("rerulings", "Rerulings", "desk", "sync")
    takedowns: Part[Takedowns] = Part("takedown", "Takedowns", "desk", "sync.address")
    prelabel_apart: Part[PrelabelsApart] = Part("prelabel_apart", "PrelabelsApart", "desk")
    prelabelled: Part[Prelabelled] = Part("prelabelled", "Prelabelled", "desk", "prelabel")
    evidence_reports: Part[EvidenceReports] = Part("evidence_reports", "EvidenceReports", "desk")
    sampling: Part[Sampling] = Part("sampling", "Sampling", "desk", "sync")
    assigning: Part[Assigning] = Part("assigning", "Assigning", "desk", "sync")
    given_out: Part[GivenOut] = Part("given_out", "GivenOut", "desk", "sync")

    def __init__(self, file: LocalFile, *, device: str, clock: Callable[[], int] = wall_clock_us) -> None:
        with file.read() as db:
            met, belonging = ServerClock(facts.server_offset_us(db)), Belonging(facts.joined(db))
        self.desk = Desk(file, device, clock, server_clock=met, belonging=belonging)
        self.file = file
        self.path, self.device = file.path, device

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        create: bool = False,
        read_only: bool = False,
        clock: Callable[[], int] = wall_clock_us,
    ) -> Services:
        """The services of a local file; BusyError names the holder where another program writes to it."""
        file = open_local(Path(path), create=create, read_only=read_only)
        try:
            # A reader makes no Edits, and works where not even settings can be kept.
            return cls(file, device="" if read_only else device_id(), clock=clock)
        except BaseException:
            file.close()
            raise

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written."""
        return self.file.is_read_only

    def close(self) -> None:
        """Let go of the file, and of the shared database."""
        self.sync.stop()
        self.file.close()

    def __enter__(self) -> Services:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if isinstance(error, Exception):
                self.file.judge(error)
        finally:
            self.close()
