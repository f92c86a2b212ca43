"""What an escalation rests on, in a few words that name nobody and tell nothing of the model's answer."""

from __future__ import annotations

from annodesk.model.work import Escalation, Reason


def evidence_text(escalation: Escalation) -> str:
    """What a person said, or why there is no number; empty where reason, culprit and number say all."""
    said = escalation.evidence
    reason, note = _words(said.get("reason")), _words(said.get("note"))
    if escalation.reason is Reason.FLAGGED:
        return ": ".join(words for words in (reason, note) if words)
    if escalation.reason is Reason.SKIPPED:
        notes = said.get("notes")
        told = [words for one in notes if (words := _words(one))] if isinstance(notes, list | tuple) else []
        return ": ".join(words for words in (reason, "; ".join(told)) if words)
    return _words(said.get("why"))


def _words(value: object) -> str:
    """A text of what was stored; another hand may have put anything there."""
    return value.strip() if isinstance(value, str) else ""
