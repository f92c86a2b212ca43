"""Talking about a place that is heard: with those who judge, as a question, or with its author, beside their answer.

What is asked stands in the list of open questions of every analyst and manager who has not labelled the item, and the
answer is told to whoever asked. In a team both go to the server at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.ids import new_id
from annodesk.model.work import Comment, Inquiry, InquiryState, Stage
from annodesk.services.asking import LONGEST, LONGEST_PLACE, MOST_OPEN
from annodesk.services.changes import Changes, Decided, Kind
from annodesk.services.independence import note_seen
from annodesk.store import facts, figures, inquiries, items, projects, takedown, tasks
from annodesk.store.checked import to_json
from annodesk.workflow import states

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection

HEARD = "comment heard "
"""Fact about a comment: the author of the set that it is about was told of it, on this computer."""
EMPTY = "Nothing is said yet."


class Said(Struct, frozen=True):
    """One thing that was said of an item or an answer: the words, by whom, and the answer where there is one.

    ``who`` is no name: ``you``, ``who judges``, or ``its author``.
    """

    words: str
    who: str
    at_us: int
    place: str = ""
    answer: str = ""
    is_open: bool = False


class News(Struct, frozen=True):
    """What a person is told of once: a title, and the words."""

    title: str
    words: str


class Discussing:
    """What can be said of a place from the desk, and what came of it."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def ask(self, item_id: str, person_id: str, words: str, *, time_us: int | None = None, place: str = "") -> Decided:
        """Put a question about a place of an item to those who judge; somebody who labelled it may not ask here."""
        words = _require_words(words)
        asked_id, now = new_id(), self._desk.clock()
        if self._desk.is_shared:
            said = to_json({"id": asked_id, "words": words, "time_us": time_us, "place": place[:LONGEST_PLACE]})
            call = "select annodesk.ask_about(%s, %s, %s::json)"
            self._sync.with_team(lambda team: team.link.ask(call, team.project_id, item_id, said))
            self._sync.nudge()
        else:
            with self._desk.file.write() as db:
                stages = tasks.tasks_of_item(db, item_id, Stage.ANNOTATE)
                if takedown.is_gone(db, stages[0].id):
                    raise WorkflowError("This item was taken down.", "Look at the next clip.")
                project_id = tasks.project_of_task(db, stages[0].id)
                roles = projects.roles_of(db, project_id, person_id)
                states.require_reviewer(person_id, roles, tasks.labellers(db, item_id))
                if len(_open_of(db, project_id, person_id)) >= MOST_OPEN:
                    raise WorkflowError(f"{MOST_OPEN} of your questions wait already.", "Wait for answers first.")
                about = next((t for t in stages if time_us is not None and t.start_us <= time_us < t.end_us), stages[0])
                asked = Inquiry(
                    asked_id, item_id, about.id, words, time_us, place=place[:LONGEST_PLACE], asked_by=person_id,
                    made_at_us=now,
                )  # fmt: skip
                inquiries.add(db, project_id, asked)
        sentence = "It stands among the open questions of the analysts and managers; you are told what they answer."
        return Decided(sentence, Changes.of(Kind.QUESTIONS))

    def tell_author(self, set_id: str, person_id: str, words: str, *, time_us: int | None = None) -> Decided:
        """Say something beside an answer to its author, who is told of it; in a team that comes with a return."""
        words = _require_words(words)
        if self._desk.is_shared:
            raise WorkflowError("In a team words to an author come with a return.", "Ask those who judge instead.")
        now = self._desk.clock()
        with self._desk.file.write() as db:
            takedown.require_here(db, set_id)
            claim = tasks.claim_of_set(db, set_id)
            project_id = tasks.project_of_task(db, claim.task_id)
            item_id = tasks.get_task(db, claim.task_id).item_id
            roles = projects.roles_of(db, project_id, person_id)
            states.require_reviewer(person_id, roles, tasks.labellers(db, item_id))
            figures.add_comment(db, Comment(new_id(), set_id, person_id, words, time_us, made_at_us=now))
            # Whatever its author changes from now on is not said without having heard of it.
            note_seen(db, set_id, now)
        return Decided(
            "Its author is told, and it stands beside the answer.", Changes.of(Kind.COMMENTS, sets=(set_id,))
        )

    def said(self, person_id: str, item_id: str, set_id: str = "") -> tuple[Said, ...]:
        """What was asked about an item so far, and said beside one answer of it, oldest first."""
        with self._desk.file.read() as db:
            if takedown.taken_down(db, [item_id]):
                return ()
            found = [
                Said(
                    one.words,
                    "you" if one.asked_by == person_id else "who labels" if _is_parked(db, one) else "who judges",
                    one.made_at_us,
                    one.place,
                    one.answer,
                    one.state is InquiryState.OPEN,
                )
                for one in inquiries.of_item(db, item_id)
                if one.state in (InquiryState.OPEN, InquiryState.ANSWERED)
            ]
            comments = figures.comments_of(db, set_id) if set_id else []
            author = tasks.claim_of_set(db, set_id).person_id if comments else ""
        for one in comments:
            who = "you" if one.author_id == person_id else "its author" if one.author_id == author else "who judges"
            found.append(Said(one.text, who, one.made_at_us))
        return tuple(sorted(found, key=lambda one: one.at_us))

    def news(self, project_id: str, person_id: str) -> tuple[News, ...]:
        """Answers to what a person asked from the desk, and what was said beside their own answers; each once."""
        if self._desk.file.is_read_only:
            return ()
        with self._desk.file.read() as db:
            gone = takedown.taken_down(db)
            asked = [
                one
                for one in inquiries.all_of_person(db, project_id, person_id)
                if one.state is InquiryState.ANSWERED
                and one.item_id not in gone
                and tasks.claim_of(db, one.task_id, person_id) is None
                and not inquiries.is_seen(db, one.id)
            ]
            told = [
                News(f"Answered on {items.get_item(db, one.item_id).key}: {one.answer}", f"You asked: {one.words}")
                for one in asked
            ]
            heard: list[str] = []
            for comment, item_id in figures.comments_for(db, project_id, person_id):
                if item_id not in gone and facts.fact(db, f"{HEARD}{comment.id}") is None:
                    heard.append(comment.id)
                    told.append(
                        News(f"About your answer on {items.get_item(db, item_id).key}: {comment.text}", IN_ITS_TASK)
                    )
        if told:
            with self._desk.file.write() as db:
                for one in asked:
                    inquiries.note_seen(db, one.id)
                for comment_id in heard:
                    facts.note_fact(db, f"{HEARD}{comment_id}", "1")
        return tuple(told)


IN_ITS_TASK = "It stands beside the task among its comments."


def _is_parked(db: Connection, one: Inquiry) -> bool:
    """Whether it was asked from inside a task; of a team's nobody is told who asked."""
    return one.head is not None or (
        one.asked_by is not None and tasks.claim_of(db, one.task_id, one.asked_by) is not None
    )


def _open_of(db: Connection, project_id: str, person_id: str) -> list[Inquiry]:
    return [one for one in inquiries.all_of_person(db, project_id, person_id) if one.state is InquiryState.OPEN]


def _require_words(words: str) -> str:
    words = words.strip()
    if not words:
        raise WorkflowError(EMPTY, "A few words are enough.")
    if len(words) > LONGEST:
        raise WorkflowError(f"It has {LONGEST:,} characters at most.", "Say it in fewer words.")
    return words
