"""Machines of one author and the server between them, in memory: gestures by real sessions, Edits pushed and pulled."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

from msgspec import Struct, field

from annodesk.errors import AnnodeskError
from annodesk.model import edits
from annodesk.model.annotations import AnnotationSet, Relation, Segment, Span
from annodesk.model.branches import Branches, fold
from annodesk.model.edits import Draft, Edit
from annodesk.model.schema import Label, LabelSchema, Question, QuestionKind, RelationType, SpanType, Tier, TierRule
from annodesk.services.editing import EditingSession

SET = "set"
LABELS = (Label("speech"), Label("music"), Label("advert"))
SCHEMA = LabelSchema(
    tiers=(
        Tier("content", labels=LABELS),
        Tier("voices", labels=LABELS, overlap=True),
        Tier("words", labels=LABELS, parent="content", rule=TierRule.INCLUDED_IN),
        Tier("notes", labels=LABELS, parent="content", rule=TierRule.SYMBOLIC_ASSOCIATION),
    ),
    questions=(Question("genre", QuestionKind.CHOICE, LABELS),),
    span_types=(SpanType("name", LABELS),),
    relation_types=(RelationType("answers", ()),),
)


class Server(Struct):
    """All Edits that were pushed, in the order they came."""

    edits: list[Edit] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def push(self, some: list[Edit]) -> None:
        """Keep Edits; one that is here already is not kept twice."""
        for edit in some:
            if edit.id not in self.ids:
                self.ids.add(edit.id)
                self.edits.append(edit)


class Machine:
    """One workstation of the author: what it made, what it has pulled, and an open session."""

    def __init__(self, name: str, server: Server, rng: random.Random) -> None:
        self.name, self.server, self.rng = name, server, rng
        self.known: dict[str, Edit] = {}
        self.outbox: list[Edit] = []
        self.cursor = 0
        self._numbers, self._ids = itertools.count(1), itertools.count(1)
        self.session = EditingSession(
            SCHEMA,
            AnnotationSet(SET),
            [],
            device=name,
            device_seq=lambda: next(self._numbers),
            within=None,
            clock=lambda: 0,
        )

    def id(self) -> str:
        """An id no other machine gives."""
        return f"{self.name}{next(self._ids)}"

    def keep(self, edit: Edit | None) -> None:
        """Store an Edit and put it into the outbox."""
        if edit is not None:
            self.known[edit.id] = edit
            self.outbox.append(edit)

    def act(self) -> None:
        """One random gesture, undo, redo or decision; what the session refuses is not done."""
        try:
            kind = self.rng.random()
            if kind < 0.15:
                self.keep(self.session.undo().edit)
            elif kind < 0.2:
                self.keep(self.session.redo().edit)
            elif kind < 0.25 and self.session.alternatives:
                self.decide()
            else:
                self.keep(self.session.stage(gesture(self.session.annotations, self.rng, self.id)))
        except AnnodeskError:
            return

    def decide(self) -> None:
        """Take a random side of the first open alternatives; what cannot stand is dropped in favour of what was."""
        group = self.session.alternatives[0]
        try:
            edit = self.session.decide(group, self.rng.choice(group.sides).draft)
        except AnnodeskError:
            edit = self.session.decide(group, Draft("decide", ()))
        self.keep(edit)

    def push(self, most: int | None = None) -> None:
        """Send the first Edits of the outbox."""
        count = len(self.outbox) if most is None else most
        self.server.push(self.outbox[:count])
        del self.outbox[:count]

    def pull(self, most: int | None = None) -> None:
        """Take the next Edits of the server."""
        end = len(self.server.edits) if most is None else min(len(self.server.edits), self.cursor + most)
        fresh = [e for e in self.server.edits[self.cursor : end] if e.id not in self.known]
        self.cursor = end
        self.known |= {edit.id: edit for edit in fresh}
        if fresh:
            self.session.pull(self.folded())

    def folded(self) -> Branches:
        """What this machine knows, folded anew."""
        return fold(SCHEMA, AnnotationSet(SET), self.known.values())


def gesture(now: AnnotationSet, rng: random.Random, new: Callable[[], str]) -> Draft:
    """One random thing a person might try, allowed or not, crowded so that machines meet."""
    start = rng.randrange(0, 12) * 10
    ours = now.segments("content")
    every = list(now.segments())
    label = (rng.choice(LABELS).name,)
    ways: list[Callable[[], Draft]] = [
        lambda: edits.add(Segment(new(), "content", start, start + rng.choice((10, 20)), label)),
        lambda: edits.add(Segment(new(), "voices", start, start + 15, label)),
        lambda: edits.set_answer(now, "genre", rng.choice(("speech", "music", None))),
        lambda: edits.set_span(now, Span(new(), "text", "name", start, start + 5, label)),
    ]
    if every:
        one, other = rng.choice(every), rng.choice(every)
        ways += [
            lambda: edits.set_labels(now, [one.id], label),
            lambda: edits.set_text(now, one.id, f"t{rng.randrange(9)}"),
            lambda: edits.delete(now, [one.id]),
            lambda: edits.move(now, [one.id], rng.choice((-20, -10, 10, 20))),
            lambda: edits.move_edge(now, one.id, rng.choice(("start", "end")), one.end_us - rng.choice((-10, 3, 5))),
            lambda: edits.add(Relation(new(), "answers", one.id, other.id)),
            lambda: edits.set_answer(now, "genre", "music", target=one.id),
        ]
    if ours:
        one = rng.choice(ours)
        ways += [
            lambda: edits.split(now, one.id, one.start_us + 5, new=new()),
            lambda: edits.merge(now, [s.id for s in ours[:2]]),
            lambda: edits.add(Segment(new(), "words", one.start_us, one.start_us + 4, label, parent=one.id)),
            lambda: edits.add(Segment(new(), "notes", one.start_us, one.end_us, label, parent=one.id)),
        ]
    return rng.choice(ways)()
