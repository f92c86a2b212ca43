"""The prompts of a project: which stand, what a changed one would tell the model of a real item, and setting it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import ModelError, NotFoundError, WorkflowError
from annodesk.model.work import ItemState, Role, Stage, Task
from annodesk.prelabel.answers import Said, among, in_order
from annodesk.prelabel.asked import PURPOSES, Asked, Form, Purpose
from annodesk.prelabel.check import DEFAULT_CONTEXT_TOKENS
from annodesk.prelabel.engine import Engine
from annodesk.prelabel.fitting import SIGNS_PER_TOKEN, fit
from annodesk.prelabel.prompts import COMMON, OWN, Prompt, parse_prompt, prompt_said, shipped_prompts
from annodesk.services.contents import Contents, Stretch, moment_stretches
from annodesk.store import items, projects, tasks

if TYPE_CHECKING:
    from annodesk.model.items import Item
    from annodesk.progress import CancelToken
    from annodesk.services.labelling import Labeller, Target
    from annodesk.services.prelabel import Prelabels

PLACES = {**COMMON, **OWN}
"""What may stand in braces in a prompt, and what is put there."""


class PromptCard(Struct, frozen=True):
    """A prompt in use: what it is for, its whole text, and whether the project wrote it itself."""

    purpose: Purpose
    title: str
    version: str
    text: str
    is_own: bool


class PromptPreview(Struct, frozen=True):
    """Exactly what the model reads for one place of an item, in two pieces: what all items share, and its own.

    ``answers`` are what it may answer and nothing else; ``place`` of ``places`` was asked for. ``notes`` say what was
    left out or shortened; tokens are the model's own where ``is_counted``, else estimated.
    """

    part: str
    purpose: Purpose
    version: str
    prefix: str
    item: str
    answers: tuple[str, ...]
    place: int
    places: int
    stretch: Stretch
    tokens: int
    is_counted: bool
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole prompt."""
        return self.prefix + self.item


class Prompting:
    """What the model of a project is asked with."""

    def __init__(self, prelabels: Prelabels) -> None:
        self._prelabels, self._desk = prelabels, prelabels.desk

    def cards(self, project_id: str) -> list[PromptCard]:
        """The prompts that stand, in the order of their purposes."""
        with self._desk.file.read() as db:
            named = dict(projects.get_version(db, project_id).project.prelabel.prompts)
        shipped = shipped_prompts()
        found = []
        for purpose, prompt in self._labeller(project_id).prompts.items():
            text = shipped.get(prompt.name) or f"{prompt.beginning}\n%%\n{prompt.item}\n"
            is_own = purpose.value in named and prompt.name not in shipped
            found.append(PromptCard(purpose, PURPOSES[purpose], prompt.version, text, is_own))
        return sorted(found, key=lambda card: list(Purpose).index(card.purpose))

    def asked(self, project_id: str, item_id: str) -> list[tuple[str, Purpose]]:
        """What the model is asked about an item: each part of the schema, and the purpose of its prompt."""
        with self._desk.file.read() as db:
            item = items.get_item(db, item_id)
        is_text = item.timeline_asset is None
        return [(one.part, one.purpose(of_text=is_text)) for one in self._labeller(project_id).asks(item)]

    def preview(
        self,
        project_id: str,
        item_id: str,
        part: str,
        *,
        text: str | None = None,
        place: int = 0,
        engine: Engine | None = None,
        cancel: CancelToken | None = None,
    ) -> PromptPreview:
        """Exactly what the model would read of an item.

        Parameters
        ----------
        part : the tier, question or span type that is asked about
        text : a prompt as it is being written; the one that stands where None
        place : which of the stretches that are proposed, from 0 on; the last where there are fewer
        engine : the model, which counts tokens; without it they are estimated

        Raises
        ------
        ModelError
            A prompt that is not complete, or that leaves no room.
        MediaError
            An item that cannot be read.
        """
        of = self._place(self._labeller(project_id, engine), project_id, item_id, part, text, place, cancel)
        evidence, asked = of.labeller.evidence, of.asked
        if evidence is not None and (few := evidence.narrowed(asked, [of.target])) is not None:
            asked = among(asked, few[0])
        made = fit(
            of.prompt,
            asked,
            [of.target.words],
            guidelines=of.labeller.guidelines,
            examples=[] if evidence is None else [evidence.examples(of.asked, of.target)],
            shown=in_order(asked.offered, of.labeller.seed(of.asked)),
            n_ctx=DEFAULT_CONTEXT_TOKENS if engine is None else engine.load(cancel=cancel).n_ctx,
            count=_estimated if engine is None else engine.count_tokens,
        )
        whole = made.prefix + made.items[0]
        return PromptPreview(
            part,
            of.asked.purpose(of_text=of.target.is_text),
            of.prompt.version,
            made.prefix,
            made.items[0],
            asked.offered,
            of.number,
            of.count,
            (of.target.start_us, of.target.end_us),
            (_estimated if engine is None else engine.count_tokens)([whole])[0],
            engine is not None,
            (*_notes(made.shortened[0], made.left_out, made.whole_guidelines), *of.problems),
        )

    def answer(
        self,
        project_id: str,
        person_id: str,
        item_id: str,
        part: str,
        *,
        text: str | None = None,
        model: str | None = None,
        place: int = 0,
        cancel: CancelToken | None = None,
    ) -> Said:
        """What the model says to it; nothing is kept.

        Parameters
        ----------
        model : as a project file names it; the project's own where None

        Raises
        ------
        WorkflowError
            A person who neither manages nor judges, or whose own answer to the item would not be without help any more.
        """
        self._require_may_ask(project_id, person_id, item_id)
        path, sha256 = self._prelabels.choice.choose(project_id, model)
        with Engine(path, expected_sha256=sha256) as engine:
            labeller = self._prelabels.labeller(project_id, engine, is_shipped=sha256 is not None)[1]
            of = self._place(labeller, project_id, item_id, part, text, place, cancel)
            evidence, asked, target = labeller.evidence, of.asked, of.target
            if evidence is None:
                return of.labeller.answers(asked, [target], cancel=cancel)[0]
            shots = [evidence.examples(asked, target)]

            def weigh(_: int, found: Mapping[str, float]) -> Mapping[str, float]:
                return evidence.weigh(asked, target, found)

            return of.labeller.answers(asked, [target], shots, weigh, cancel=cancel)[0]

    def _require_may_ask(self, project_id: str, person_id: str, item_id: str) -> None:
        """Refuse to let people see the model's answer to what they may still label: nothing notes that they did."""
        with self._desk.file.read() as db:
            roles = projects.roles_of(db, project_id, person_id)
            state = items.item_states(db, project_id, among=[item_id]).get(item_id, ItemState.OPEN)
            key = items.get_item(db, item_id).key
            stages = tasks.tasks_of_item(db, item_id, Stage.ANNOTATE)
            labels = Role.ANNOTATOR in roles or any(tasks.claim_of(db, task.id, person_id) for task in stages)
        if not roles & {Role.MANAGER, Role.ANALYST}:
            hint = "Read here what it is told, or ask one of them."
            raise WorkflowError("Managers and analysts ask the model.", hint)
        if labels and state is not ItemState.SETTLED:
            hint = "Choose a settled item; what the model is told is shown of every one."
            raise WorkflowError(f"You may still label {key}, and do so without the model's answer.", hint)

    def _place(
        self,
        labeller: Labeller,
        project_id: str,
        item_id: str,
        part: str,
        text: str | None,
        place: int,
        cancel: CancelToken | None,
    ) -> _Place:
        with self._desk.file.read() as db:
            item = items.get_item(db, item_id)
            task = _first_task(tasks.list_tasks(db, project_id, Stage.ANNOTATE), item)
        contents = labeller.contents(item)
        asked = _asked(labeller, item, part)
        purpose = asked.purpose(of_text=contents.is_text)
        if text is not None:
            prompts = {**labeller.prompts, purpose: check_prompt(purpose, text)}
            labeller = replace(labeller, prompts=prompts)
        stretches = _stretches(asked, contents, task, cancel)
        if not stretches:
            raise ModelError(f"Nothing of {item.key} is asked about for {part}.", "Choose another item.")
        number = max(0, min(place, len(stretches) - 1))
        target = labeller.targets(asked, contents, stretches, cancel)[number]
        return _Place(labeller, asked, labeller.prompts[purpose], target, number, len(stretches), contents.problems)

    def _labeller(self, project_id: str, engine: Engine | None = None) -> Labeller:
        return self._prelabels.labeller(project_id, engine)[1]


class _Place(Struct, frozen=True):
    """What is asked at one place of an item: ``number`` of ``count``."""

    labeller: Labeller
    asked: Asked
    prompt: Prompt
    target: Target
    number: int
    count: int
    problems: Sequence[str]


def check_prompt(purpose: Purpose, text: str) -> Prompt:
    """The prompt a text is, or names; ModelError says in one sentence what it lacks."""
    return prompt_said(purpose, text) if text.strip() in shipped_prompts() else parse_prompt(text, purpose.value)


def _asked(labeller: Labeller, item: Item, part: str) -> Asked:
    for one in labeller.asks(item):
        if one.part == part:
            return one
    raise NotFoundError(f"The model is not asked about {part} of {item.key}.", "Choose another item or part.")


def _first_task(found: Sequence[Task], item: Item) -> Task:
    task = next((one for one in found if one.item_id == item.id), None)
    if task is None:
        raise NotFoundError(f"{item.key} has no task to be labelled.", "Choose another item.")
    return task


def _stretches(asked: Asked, contents: Contents, task: Task, cancel: CancelToken | None) -> list[Stretch]:
    if asked.kind != "tier" or asked.form is Form.SPANS:
        return [(task.start_us, task.end_us)]
    if asked.is_point:
        return moment_stretches(contents.moments(task.start_us, task.end_us, cancel), task.end_us)
    return contents.stretches(task.start_us, task.end_us, cancel)


def _estimated(texts: Sequence[str]) -> list[int]:
    return [-(-len(text) // SIGNS_PER_TOKEN) for text in texts]


def _notes(is_shortened: bool, left_out: int, whole_guidelines: bool) -> list[str]:
    found = []
    if not whole_guidelines:
        found.append("The guidelines are longer than there is room for: the passages about this are told.")
    if left_out:
        found.append(f"{left_out} examples found no room.")
    if is_shortened:
        found.append("The item is longer than the model reads: only its beginning is told.")
    return found
