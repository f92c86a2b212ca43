"""Independent answers: what an author has seen, and which of their versions counts for agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.quality.agreement import CountableSet
from annodesk.store import journal, outbox, tasks

if TYPE_CHECKING:
    from annodesk.store.engine import Connection
    from annodesk.store.snapshots import Sets
    from annodesk.store.tasks import Submission, View


def note_seen(db: Connection, set_id: str, now_us: int, *, was_finished: bool = True) -> None:
    """Note that a set's author is being shown a comparison or feedback about its item; call it before it is shown.

    A comparison is the model's answer or others' sets; feedback is a ruling on the item, a reference's answer, a
    return's comments, an answer to a question from inside the task. From then on agreement counts what stands now (or
    what was handed in first, where that was earlier), whatever is changed later. Call it as often as it is shown, in
    the transaction that notes the showing: only the first time counts. In a team the server is told in its turn.

    Parameters
    ----------
    db : a connection of a writing transaction on the local file
    set_id : the author's own set on the item that the comparison or feedback is about
    now_us : this workstation's clock
    was_finished : whether its author had said "Done"; false in the middle of the work, where a question was answered
    """
    if tasks.view_of(db, set_id).independent_until_us is not None:
        return
    head = journal.header(db, set_id).head
    outbox.ask(db, "view", tasks.claim_of_set(db, set_id).id, now_us, head=head)
    tasks.note_independent(db, set_id, head, now_us, was_finished=was_finished)


def countable_sets(db: Connection, task_id: str, *, sets: Sets = journal) -> list[CountableSet]:
    """A task's submitted sets as they count: each as handed in first, or as it stood before its author saw anything.

    A set is aided where suggestions were in view before that. One that was not finished then is no answer, and is left
    out (`counted_head`).
    """
    found = []
    for first, view in tasks.handed_in_first(db, task_id):
        counted = counted_head(first, view)
        if counted is not None:
            head, aided = counted
            found.append(CountableSet(first.set_id, head, sets.set_at(db, first.set_id, head), aided))
    return found


def counted_head(first: Submission, view: View) -> tuple[str | None, bool] | None:
    """Where a set stood that counts, and whether its author had suggestions in view before that.

    None where there is nothing that counts: in the middle of the work its author was told something of the answer.
    What stood then was not finished (places that nobody had come to are not places where there is nothing), and what
    was handed in is not theirs alone, unless nothing was done to the set in between.
    """
    head, until_us = first.head, first.made_at_us
    if view.independent_until_us is not None and view.independent_until_us < until_us:
        if not view.was_finished and view.independent_head != head:
            return None
        head, until_us = view.independent_head, view.independent_until_us
    return head, view.suggestions_from_us is not None and view.suggestions_from_us < until_us
