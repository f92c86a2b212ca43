"""Tells the server of what the person did to their tasks, in order; a refusal is kept in words, and so is the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from annodesk.store import mirror, outbox, tasks, told
from annodesk.store.checked import to_json
from annodesk.store.line import Refused, ShutOut
from annodesk.store.outbox import Asked, Request
from annodesk.sync import digest, managing

if TYPE_CHECKING:
    from annodesk.errors import AnnodeskError
    from annodesk.store.engine import LocalFile
    from annodesk.sync.meeting import Team
    from annodesk.sync.push import Pusher

NOTHING_NOW = "There is nothing for you to do just now."
WHOLE = "*"
"""Not a part of a request's body but all of it, as JSON."""

_CALLS: dict[str, tuple[str, tuple[str, ...]]] = {
    "submit": ("select annodesk.submit(%s, %s, %s, %s, '[]', %s) as said", ("head", "digest", "reason")),
    "skip": ("select annodesk.skip(%s, %s, %s, %s)", ("reason", "note")),
    "ask": ("select annodesk.ask_question(%s, %s, %s::json)", (WHOLE,)),
    "withdraw": ("select annodesk.withdraw_question(%s, %s, %s)", ("id",)),
    "recall": ("select annodesk.recall(%s, %s)", ()),
    "resume": ("select annodesk.resume(%s, %s)", ()),
    "give_back": ("select annodesk.give_back(%s, array[%s])", ()),
    "decline": ("select annodesk.give_back(%s, array[%s], true)", ()),
    "unpack": ("select annodesk.unpack(%s, array[%s])", ()),
    "flag": ("select annodesk.raise_flag(%s, %s, %s, %s)", ("reason", "note")),
    "view": ("select annodesk.note_view(%s, %s, %s)", ("head",)),
}
"""What each kind of request calls, after project and claim, and which parts of its body it passes on."""

_DONE_IN: dict[str, tuple[str, ...]] = {
    "skip": ("skipped",),
    "recall": ("recalled", "leased"),
    "resume": ("leased",),
}
"""States of a claim in which a request has been done already, by a call whose answer was lost or by another machine."""

_FOR_JUDGES = ("submit", "recall", "ask", "withdraw", "dispute")
"""What analysts and managers look at next."""

_WORDS = {"submit": "hand in", "skip": "skip", "recall": "recall", "resume": "reopen", "claim": "take"}
_WORDS |= {"ask": "ask your question", "withdraw": "withdraw your question"} | managing.WORDS | digest.WORDS


class Teller(Struct):
    """Sends requests in order, each after the Edits that were made before it."""

    file: LocalFile
    team: Team
    pusher: Pusher
    look_again: Callable[[str], None] = lambda set_id: None
    done: int = 0
    is_for_judges: bool = False
    refused: list[str] = field(default_factory=list)
    items: set[str] = field(default_factory=set)
    claims: set[str] = field(default_factory=set)

    def tell(self) -> None:
        """Send all that waits, also what is asked meanwhile; what cannot be reached now waits on."""
        told = 0
        while waiting := self._waiting(after=told):
            for request in waiting:
                self.pusher.edits(until=request.after_position)
                self._tell(request)
                told = request.position

    def _waiting(self, after: int) -> list[Request]:
        with self.file.read() as db:
            return [one for one in outbox.requests(db, Asked.WAITING, Asked.SENT) if one.position > after]

    def _tell(self, request: Request) -> None:
        is_again = request.state is Asked.SENT
        if request.kind == "claim" and not is_again:
            # Asked for twice it would be granted twice; all else can be told again.
            self._note(request, Asked.SENT)
        if request.claim_id is not None:
            self.claims.add(request.claim_id)
        try:
            answer = self._call(request, is_again)
        except ShutOut:
            if request.kind == "claim":
                self._note(request, Asked.WAITING)
            raise
        except Refused as error:
            if self._is_done(request, error):
                self._note(request, Asked.DONE)
                return
            if error.code == "AN004" and not is_again and request.claim_id is not None:
                # The server has lost Edits that it had acknowledged: find out which, and send them again.
                with self.file.read() as db:
                    set_id = outbox.set_of_claim(db, request.claim_id)
                if set_id is not None:
                    self.look_again(set_id)
                    self.pusher.edits(until=request.after_position)
                    self._tell(_again(request))
                    return
            self._refuse(request, error)
            return
        self.done += 1
        self.is_for_judges |= request.kind in _FOR_JUDGES
        self._note(request, Asked.DONE, answer)

    def _call(self, request: Request, is_again: bool) -> str:
        link, project_id = self.team.link, self.team.project_id
        if request.kind == "claim":
            if is_again and self._unknown_claims():
                return ""
            found = link.ask("select * from annodesk.claim(%s, %s)", project_id, request.body.get("stage", "annotate"))
            if not found:
                raise Refused(NOTHING_NOW, "Look again later.")
            self.claims.update(row["claim_id"] for row in found)
            return str(found[0]["task_id"])
        if request.kind == "comment":
            body = {"project_id": project_id, "author_id": self.team.me, **request.body}
            names = ", ".join(f'"{name}"' for name in body)
            marks = ", ".join(["%s"] * len(body))
            link.ask(f"insert into annodesk.comment ({names}) values ({marks}) on conflict do nothing", *body.values())
            return ""
        if request.kind in digest.SAID:
            return digest.tell(self.team, request)
        if request.kind in managing.WORDS:
            managing.tell(self.file, self.team, request)
            return ""
        statement, parts = _CALLS[request.kind]
        said = link.ask(statement, project_id, request.claim_id, *(_text(request.body, part) for part in parts))
        return str(said[0].get("said", "")) if said else ""

    def _unknown_claims(self) -> bool:
        """Whether a claim whose answer was lost has been granted: the server knows one that this file does not."""
        with self.file.read() as db:
            known = mirror.own_claims(db, self.team.project_id, self.team.me)
        rows = self.team.link.ask(
            "select id from annodesk.claim where project_id = %s and person_id = %s and id <> all(%s)",
            *(self.team.project_id, self.team.me, sorted(known)),
        )
        self.claims.update(row["id"] for row in rows)
        return bool(rows)

    def _is_done(self, request: Request, error: Refused) -> bool:
        if error.code != "AN005" or request.kind not in _DONE_IN:
            return False
        found = self.team.link.ask(
            "select state from annodesk.claim where project_id = %s and id = %s",
            *(self.team.project_id, request.claim_id),
        )
        return bool(found) and found[0]["state"] in _DONE_IN[request.kind]

    def _refuse(self, request: Request, error: AnnodeskError) -> None:
        what = _WORDS.get(request.kind, request.kind)
        sentence = f"Could not {what}: {error.sentence}" if request.kind in _WORDS else error.sentence
        if request.kind == "ask":
            sentence = f"{sentence} You wrote: {request.body.get('words', '')}"
        is_ahead = bool(request.body.get("ahead"))  # nobody waits for it: told where the task would stand
        if is_ahead:
            sentence = f"{error.sentence} {error.hint}".strip()
        else:
            self.refused.append(f"{sentence} {error.hint}".strip())
        with self.file.write() as db:
            outbox.note_answer(db, request.position, Asked.REFUSED, sentence)
            if request.kind == "dispute":
                told.forget_dispute(db, request.body["id"])
            if request.kind == "submit" and request.claim_id is not None:
                set_id = outbox.set_of_claim(db, request.claim_id)
                if set_id is not None:
                    # It never was one; the Edits stay.
                    tasks.drop_submission(db, set_id, request.body.get("head"))

    def _note(self, request: Request, state: Asked, answer: str = "") -> None:
        with self.file.write() as db:
            outbox.note_answer(db, request.position, state, answer)


def _again(request: Request) -> Request:
    return Request(
        request.position,
        request.kind,
        request.claim_id,
        request.body,
        request.after_position,
        Asked.SENT,
        request.answer,
        request.made_at_us,
    )


def _text(body: dict[str, Any], part: str) -> str | None:
    if part == WHOLE:
        return to_json(body)
    value = body.get(part)
    return value if part == "head" else (value or "")
