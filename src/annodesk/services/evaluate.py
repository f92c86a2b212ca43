"""One or two models' predictions held against the answers that stand, and their errors sent to review.

The files are read here and nothing of them is kept. Each item is as heavy as it was unlikely to be drawn
(``store.sampled``): what was drawn counts by one over its probability, what could have been drawn and was not says
nothing of the rest and is left out, and of what was never drawn from each counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import AnnodeskError, WorkflowError
from annodesk.formats.base import LABEL_SEPARATOR, Document
from annodesk.formats.labels import to_labels
from annodesk.formats.predictions import read_predictions
from annodesk.model.annotations import AnnotationSet, Answer, Element, Span
from annodesk.model.schema import LabelSchema, Question, QuestionKind
from annodesk.model.times import format_us
from annodesk.model.work import Role
from annodesk.progress import CancelToken, Progress, silent
from annodesk.quality.agreement import scored_parts
from annodesk.quality.evaluation import Case, PartReport, Wrong, evaluate
from annodesk.services.opened_again import OpenedAgain, open_again
from annodesk.services.review_batches import checked_name, named
from annodesk.services.settled_answers import Settled, SettledAnswer, settled_answers
from annodesk.services.transfer import Homes
from annodesk.store import items, projects

if TYPE_CHECKING:
    from annodesk.model.project import Project
    from annodesk.services.base import Desk
    from annodesk.services.judging import Judging
    from annodesk.services.server import Ask
    from annodesk.services.sync import Sync

SEED = 1
"""Of the drawings behind an interval, so that the same files always give the same."""
MOST_WRONG = 5_000
LONGEST_NAME = 80
MOST_SENT = 200
"""So many items are opened again at a time: more would hold up a team for days."""
DURATION = "duration"
"""A field that every item has, in seconds; also one that its metadata does not tell."""

NO_ITEM = "No item of the project is told of in the file."
NOTHING_SETTLED = "None of the items that the file tells of is settled by people yet."
NOTHING_SAID = "The file says nothing of what the project asks: its tiers, questions and spans have other names."
HINTS = {
    NO_ITEM: "Name items as the project does: annodesk export --which gold shows how.",
    NOTHING_SETTLED: "Have some of them labelled first, or name a file about others.",
    NOTHING_SAID: "Name questions, tiers and span types as the project file does.",
}


class EvaluationReport(Struct, frozen=True):
    """What is known of one or two models; ``reason`` says why nothing is.

    Parameters
    ----------
    models : the files' names
    items : so many were compared; with two models those that both tell of
    left_out : how many items were not compared, by reason
    aided : of those compared, how many nobody answered without suggestions in view
    is_weighted : whether some items count for more than one, since they were drawn
    wrong : mistakes, the surest first; ``wrong_places`` counts them all, by model
    """

    project: str
    models: tuple[str, ...]
    items: int
    parts: tuple[PartReport, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    wrong_places: tuple[int, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()
    aided: int = 0
    is_weighted: bool = False
    fields: tuple[str, ...] = ()
    rank_by: str | None = None
    notes: tuple[str, ...] = ()
    reason: str = ""

    @property
    def hint(self) -> str:
        """What to do where nothing is known."""
        return HINTS.get(self.reason, "")


class Evaluation:
    """Holds models against what stands, for analysts and managers; may read and count for long."""

    def __init__(self, desk: Desk, sync: Sync, judging: Judging) -> None:
        self._desk, self._sync, self._judging = desk, sync, judging

    def report(
        self,
        project_id: str,
        person_id: str | None,
        files: Sequence[Path],
        *,
        rank_by: str | None = None,
        cancel: CancelToken | None = None,
        progress: Progress = silent,
        ask: Ask = lambda place: None,
    ) -> EvaluationReport:
        """How good one or two models are, part by part, label by label and slice by slice.

        Parameters
        ----------
        person_id : who asks; None at the command line of a file that stands alone
        rank_by : the metadata field within whose values rated items are ranked, such as a query
        """
        with self._desk.file.read() as db:
            project = projects.get_version(db, project_id).project
            if person_id is not None and not projects.roles_of(db, project_id, person_id) & {
                Role.ANALYST,
                Role.MANAGER,
            }:
                raise WorkflowError("How models do is for the analysts and managers of a project.", "Ask one of them.")
            known = items.list_items(db, project_id)
        return compare(
            project,
            files,
            lambda keys, told: settled_answers(
                self._desk, self._sync, project_id, person_id, keys, cancel=cancel, progress=told, ask=ask
            ),
            homes=Homes(known) if not self._desk.is_shared else None,
            rank_by=rank_by,
            cancel=cancel,
            progress=progress,
        )

    def send_to_review(
        self, project_id: str, person_id: str, wrong: Sequence[Wrong], models: Sequence[str], name: str = ""
    ) -> OpenedAgain:
        """Open the items of some mistakes again, each with what the model said of it; the first ``MOST_SENT`` alone.

        Parameters
        ----------
        name : of the review batch that they make, in this order
        """
        name = checked_name(name) if name else ""
        words: dict[str, tuple[str, list[str]]] = {}
        for one in wrong:
            words.setdefault(one.item_id, (one.item, []))[1].append(sentence_of(one, models))
        wanted = []
        for item_id, (key, said) in list(words.items())[:MOST_SENT]:
            more = f" And {len(said) - 3:,} places more." if len(said) > 3 else ""
            why = " ".join(said[:3]) + more
            wanted.append((item_id, key, named(name, why) if name else why))
        too_many = [(key, f"{MOST_SENT} are opened at a time.") for key, _ in list(words.values())[MOST_SENT:]]
        return open_again(self._judging, person_id, wanted, beside=too_many)


def compare(
    project: Project,
    files: Sequence[Path],
    read: Callable[[Collection[str], Progress], Settled],
    *,
    homes: Homes | None = None,
    rank_by: str | None = None,
    cancel: CancelToken | None = None,
    progress: Progress = silent,
) -> EvaluationReport:
    """One or two files against answers, wherever these are read from.

    Parameters
    ----------
    read : gives what stands for the items of some keys
    homes : finds items by less than their whole keys, where all of them are known here
    """
    if not 1 <= len(files) <= 2:
        raise AnnodeskError("One or two files of predictions are compared.", "Name one or two.")
    progress(0.05, "reading the predictions")
    told = [_Told(path, project.schema) for path in files]
    by_key = [one.by_key(homes) for one in told]
    names = tuple(path.name for path in files)
    notes = [note for one in told for note in one.notes]
    keys = set(by_key[0]).union(*by_key[1:])
    both = set(by_key[0]).intersection(*by_key[1:])
    left_out = {"told of by one model alone": len(keys) - len(both)}
    settled = read(both, lambda share, words: progress(0.1 + 0.5 * share, words))
    left_out |= {
        "not in the project": len(both) - len(settled.answers) - _left(settled),
        "not settled yet": settled.unsettled,
        "settled by the machine": settled.by_machine,
        "left out as a whole": settled.excluded,
    }
    notes += settled.notes
    left_out["could have been drawn and was not"] = 0
    cases = []
    for one in settled.answers:
        if not one.is_drawn or not 0 < one.probability <= 1:
            left_out["could have been drawn and was not"] += 1
            continue
        cases.append(_case(one, [each[one.item] for each in by_key]))
    progress(0.6, "counting")
    report = EvaluationReport(
        project.name,
        names,
        len(cases),
        left_out=tuple((why, n) for why, n in left_out.items() if n),
        aided=sum(not one.is_unaided for one in cases),
        is_weighted=any(one.probability < 1 for one in cases),
        fields=tuple(sorted({field for one in cases for field in one.metadata})),
        rank_by=rank_by,
        notes=tuple(dict.fromkeys(notes)),
    )
    if not cases:
        return replace(report, reason=NOTHING_SETTLED if both and settled.unsettled else NO_ITEM)
    if rank_by is not None and rank_by not in report.fields:
        raise AnnodeskError(
            f"No item has a metadata field {rank_by!r:.80}.", f"There are: {', '.join(report.fields)[:300]}."
        )
    rng = np.random.default_rng(SEED)
    parts, wrong = evaluate(scored_parts(project.schema), cases, rng, rank_by=rank_by, cancel=cancel)
    progress(1.0, "done")
    return replace(
        report,
        parts=parts,
        wrong=wrong[:MOST_WRONG],
        wrong_places=tuple(sum(one.model == n for one in wrong) for n in range(len(files))),
        reason="" if parts else NOTHING_SAID,
    )


def sentence_of(one: Wrong, models: Sequence[str]) -> str:
    """A mistake in words: what the model said, where, and what stands."""
    where = f" at {format_us(one.mistake.at)}" if one.is_timed else ""
    said = f"says {one.mistake.said}" if one.mistake.said else "says nothing"
    sure = f" (p {one.mistake.probability:.2f})" if one.mistake.probability is not None else ""
    stands = one.mistake.truth or "nothing"
    return f"{one.part}{where}: {models[one.model][:LONGEST_NAME]} {said}{sure}, and {stands} stands."


def _left(settled: Settled) -> int:
    return settled.unsettled + settled.by_machine + settled.excluded


def _case(one: SettledAnswer, said: Sequence[Sequence[Element]]) -> Case:
    sets = tuple(AnnotationSet(str(n), elements=_in_text(one.truth, found)) for n, found in enumerate(said))
    metadata: dict[str, Any] = dict(one.metadata)
    if one.duration_us:
        metadata.setdefault(DURATION, round(one.duration_us / 1e6, 3))
    return Case(
        one.item_id, one.item, one.truth, sets, one.duration_us, one.probability, metadata, one.parts, one.is_unaided
    )


def _in_text(truth: AnnotationSet, elements: Sequence[Element]) -> list[Element]:
    """A model's elements with spans in the text that people marked: a file of predictions cannot know its id."""
    spans = truth.spans()
    if not spans:
        return list(elements)
    return [replace(one, asset=spans[0].asset) if isinstance(one, Span) else one for one in elements]


def predicted_sets(path: Path, project: Project) -> dict[str, AnnotationSet]:
    """What a file says of items, by their key, in the project's words."""
    told = _Told(path, project.schema).by_key(None)
    return {key: AnnotationSet(key, elements=elements) for key, elements in told.items()}


class _Told:
    """What one file says, in the project's words."""

    def __init__(self, path: Path, schema: LabelSchema) -> None:
        self._path, self._schema = path, schema
        self.notes: list[str] = []
        asked = [one.name for one in schema.questions]
        self._documents = read_predictions(path, only_question=asked[0] if len(asked) == 1 else "")

    def by_key(self, homes: Homes | None) -> dict[str, tuple[Element, ...]]:
        """What is said of each item by its key; what is not of the project is noted."""
        found: dict[str, tuple[Element, ...]] = {}
        for document in self._documents:
            key = self._key(document, homes)
            if key is None:
                continue
            fitted = to_labels(document, self._schema, file=self._path.name)
            self.notes += [f"{self._path.name}: {skipped.reason}" for skipped in fitted.skipped]
            said = [self._in_words(one) for one in fitted.document.elements]
            if key in found:
                self.notes.append(f"{self._path.name}: {key} is told of twice; the first counts")
                continue
            found[key] = tuple(said)
        return found

    def _key(self, document: Document, homes: Homes | None) -> str | None:
        if homes is not None:
            item = homes.of(document, self._path if len(self._documents) == 1 else None)
            return item.key if item is not None else document.item
        return document.item or (self._path.stem if len(self._documents) == 1 else None)

    def _in_words(self, element: Element) -> Element:
        """An answer as the project has it: labels whatever their case, numbers as numbers."""
        if not isinstance(element, Answer):
            return element
        question = next((one for one in self._schema.questions if one.name == element.question), None)
        return element if question is None else replace(element, value=_value(question, element.value))


def _value(question: Question, value: Any) -> Any:
    if question.kind is QuestionKind.RATING:
        try:
            return float(value) if isinstance(value, str) else value
        except ValueError:
            return value
    names = {label.name.casefold(): label.name for label in question.labels}
    whole = LABEL_SEPARATOR.join(map(str, value)) if isinstance(value, tuple) else value
    if question.kind is QuestionKind.CHOICE:
        return names.get(whole.strip().casefold(), whole) if isinstance(whole, str) else whole
    given = value if isinstance(value, tuple) else (value,)
    return tuple(names.get(str(one).strip().casefold(), str(one)) for one in given)
