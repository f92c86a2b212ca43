"""What an escalation rests on, in words."""

from __future__ import annotations

import pytest

from annodesk.model.work import Escalation, Reason
from annodesk.workflow.evidence import evidence_text


@pytest.mark.parametrize(
    ("reason", "evidence", "told"),
    [
        (Reason.FLAGGED, {"person": "ann", "reason": "cannot hear", "note": " noise "}, "cannot hear: noise"),
        (Reason.FLAGGED, {"person": "ann", "reason": "cannot hear", "note": ""}, "cannot hear"),
        (Reason.FLAGGED, {"note": "The end is wrong.", "reopened": True}, "The end is wrong."),
        (Reason.SKIPPED, {"reason": "no sound", "notes": ["silent", "at 3:00"]}, "no sound: silent; at 3:00"),
        (Reason.SKIPPED, {"reason": "no sound", "notes": 7}, "no sound"),
        (Reason.LOW_AGREEMENT, {"why": "no common answer"}, "no common answer"),
        (Reason.LOW_AGREEMENT, {"part": "content", "label": "music"}, ""),
        (Reason.MODEL_AGAINST_HUMANS, {"place": "genre", "people": "talk", "model": "news"}, ""),
        (Reason.REFERENCE_MISS, {"person": "ann", "part": "content"}, ""),
        (Reason.AUDIT, {}, ""),
        (Reason.FLAGGED, {"reason": None, "note": 3}, ""),
    ],
)
def test_evidence_is_told_without_names_or_the_models_answer(
    reason: Reason, evidence: dict[str, object], told: str
) -> None:
    assert evidence_text(Escalation("e", "i", reason, evidence=evidence)) == told
