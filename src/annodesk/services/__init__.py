"""What the window and the command line may ask for: the parts of annodesk put together, and its Python API.

    services = Services.open(Path("work.annodesk"))
    services.projects.init(Path("project.toml"))

All calls on one Services belong on one thread at a time; an EditingSession is plain memory and may live elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from annodesk.services.accuracy import Accuracies
from annodesk.services.alike import Alike
from annodesk.services.anchoring import AnchoringFigures
from annodesk.services.annotate import Annotate
from annodesk.services.asking import Asking
from annodesk.services.assigning import Assigning
from annodesk.services.base import Belonging, Desk, ServerClock, device_id, wall_clock_us
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
from annodesk.store import facts
from annodesk.store.engine import LocalFile, open_local


class Services:
    """One open project file and everything that can be asked of it."""

    def __init__(self, file: LocalFile, *, device: str, clock: Callable[[], int] = wall_clock_us) -> None:
        with file.read() as db:
            met, belonging = ServerClock(facts.server_offset_us(db)), Belonging(facts.joined(db))
        desk = Desk(file, device, clock, server_clock=met, belonging=belonging)
        self.file = file
        self.path, self.device = file.path, device
        self.projects = Projects(desk)
        self.people = People(desk)
        self.items = Items(desk)
        self.batches = Batches(desk)
        self.folders = Folders(desk)
        self.videos = Videos(desk)
        self.annotate = Annotate(desk)
        self.bookmarks = Bookmarks(desk)
        self.listening = Listening(desk)
        self.tasks = Tasks(desk)
        self.review = Review(desk)
        self.guideline_changes = GuidelineChanges(desk)
        self.digest = Digest(desk)
        self.coordinator = Coordinator(LocalPlace(desk))
        self.prelabel = Prelabels(desk)
        self.prompting = Prompting(self.prelabel)
        self.models = Models(desk, self.projects, self.prelabel)
        self.dashboard = Dashboard(desk, self.review)
        self.sync = Sync(desk)
        self.desk_figures = DeskFigures(desk, self.sync)
        self.looks = Looks(desk, self.sync)
        self.review_batches = ReviewBatches(desk, self.sync)
        self.clips = Clips(desk, self.sync)
        self.alike = Alike(desk, self.review, self.sync)
        self.transfer = Transfer(desk, self.tasks, self.annotate, TeamResults(self.sync))
        self.leases = Leases(desk, self.sync)
        self.packs = Packs(desk, self.sync, self.leases)
        self.pilots = Pilots(desk, self.sync)
        self.quality = Quality(desk, self.sync, self.review)
        self.pricing = Pricing(desk, self.sync)
        self.anchoring = AnchoringFigures(desk, self.sync)
        self.accuracy = Accuracies(desk, self.sync)
        self.drifting = Drifting(desk, self.accuracy)
        self.planner = Planner(desk, self.anchoring, self.pricing)
        self.publishing = Publishing(desk, self.sync)
        self.judging = Judging(desk, self.sync)
        self.evaluation = Evaluation(desk, self.sync, self.judging)
        self.onboarding = Onboarding(desk, self.sync)
        self.references = ReferenceItems(desk, self.sync, self.accuracy, self.judging)
        self.debt = DebtFigures(desk, self.sync, self.judging)
        self.asking = Asking(desk, self.sync)
        self.discussing = Discussing(desk, self.sync)
        self.precedents = Precedents(desk, self.sync)
        self.rerulings = Rerulings(desk, self.sync)
        self.takedowns = Takedowns(desk, self.sync.address)
        self.prelabel_apart = PrelabelsApart(desk)
        self.prelabelled = Prelabelled(desk, self.prelabel)
        self.evidence_reports = EvidenceReports(desk)
        self.sampling = Sampling(desk, self.sync)
        self.assigning = Assigning(desk, self.sync)
        self.given_out = GivenOut(desk, self.sync)

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
