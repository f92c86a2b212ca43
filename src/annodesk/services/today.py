"""What needs a person today, over all projects: at most seven sentences, each with its evidence and one thing to do.

Nothing is said where nothing needs a person, and nothing is ever said of one person (rule 12): whose answers have
become less right is told to them and their analysts alone, by ``drifting``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from annodesk.model.work import Band, Batch, BatchState, Role
from annodesk.quality.trends import Fall, fall_of
from annodesk.services.alarms import alarm_sentence, alarms_of
from annodesk.store import waiting
from annodesk.store.cells import AGREED_OF, DAY_US, HANDED_ON, MANY, REVIEWED_ON, STARVED, day_of, part_of

if TYPE_CHECKING:
    from annodesk.services.changes_of_project import ChangeLine
    from annodesk.services.completion import Completion
    from annodesk.services.counts import Counts
    from annodesk.store.engine import Connection
    from annodesk.store.promises import Promise

MOST = 7
MOST_OF_A_KIND = 2
"""So many sentences of one kind about one project: the others wait until these are dealt with."""
NAMES = (AGREED_OF, STARVED)
REVIEW_DAYS, QUESTION_DAYS, QUIET_DAYS = 3, 1, 7
CLIPS = 12
LEAST_FALL = 0.05
NOT_INVITING = "The project's managers add people and say what they may do: tell one of them."


class Act(StrEnum):
    """What a sentence's button does."""

    INVITE = "invite"
    HEAR = "hear"
    REVIEW = "review"
    ANSWER = "answer"
    CONFIRM = "confirm"
    AUDITS = "audits"
    BATCH = "batch"
    ADD = "add"
    DRIFT = "drift"
    GUIDELINES = "guidelines"


class Need(Struct, frozen=True):
    """One sentence on what needs a person.

    Parameters
    ----------
    evidence : what it rests on, in words
    button : what to write on the button, such as "Hear 12 clips"; empty where it is for others to press
    items, part, label : what the button is about, where it is about items or a label
    batch : the name of a batch that it is about
    weight : the greater, the earlier
    """

    project_id: str
    project: str
    act: Act
    sentence: str
    evidence: tuple[str, ...]
    button: str
    weight: float
    items: tuple[str, ...] = ()
    part: str = ""
    label: str | None = None
    batch: str = ""


class Known(Struct, frozen=True):
    """Of one project all that sentences are made of."""

    completion: Completion
    counts: Counts
    changes: Sequence[ChangeLine]
    batches: Sequence[Batch]
    promises: Sequence[Promise]
    roles: dict[Role, int]
    waits: waiting.Waits
    now_us: int


def needs_of(db: Connection | None, known: Known) -> list[Need]:
    """What needs a person in one project, the most urgent first; without a file no items are named."""
    makers: tuple[Callable[[Known], Iterator[Need]], ...] = (
        _starved, _alarms, _no_analyst, _deadlines, _backlog, _questions, _disputes, _references, _quiet,
    )  # fmt: skip
    found = [need for maker in makers for need in maker(known)]
    found += _fallen(db, known)
    found.sort(key=lambda need: -need.weight)
    by_act: dict[Act, int] = {}
    kept = []
    for need in found:
        by_act[need.act] = by_act.get(need.act, 0) + 1
        if by_act[need.act] <= MOST_OF_A_KIND:
            kept.append(need)
    return kept


def as_json(need: Need) -> dict[str, Any]:
    """What the command line tells of it."""
    told = {"project": need.project, "sentence": need.sentence, "evidence": list(need.evidence), "do": need.act.value}
    return told | {"button": need.button, "items": list(need.items)}


def waits_as_json(waits: waiting.Waits, batches: Sequence[Batch]) -> dict[str, Any]:
    """What the command line tells of what waits for a person, and of the batches that have a deadline."""

    def day(at_us: int) -> str:
        return datetime.fromtimestamp(at_us / 1e6, tz=UTC).date().isoformat()

    due = [one for one in batches if one.deadline_us is not None and one.state is BatchState.OPEN]
    return {
        "questions": waits.questions,
        "disputes": waits.disputes,
        "references_in_doubt": waits.references,
        "deadlines": [
            {"batch": one.name, "due": day(one.deadline_us), "left": waits.unsettled.get(one.id, 0)}
            for one in due
            if one.deadline_us is not None
        ],
    }


def first_page(found: Sequence[Need]) -> tuple[Need, ...]:
    """The few that come first over all projects."""
    return tuple(sorted(found, key=lambda need: (-need.weight, need.project, need.sentence))[:MOST])


def for_roles(need: Need, roles: Collection[Role], *, is_shared: bool) -> Need:
    """The same sentence as somebody of these roles can act on it: without its button where it is for others to press.

    Anybody may be added to a file that stands alone; to a team its managers add people.
    """
    if need.act is Act.INVITE and is_shared and Role.MANAGER not in roles:
        return replace(need, button="", evidence=(*need.evidence, NOT_INVITING))
    return need


def _need(known: Known, act: Act, sentence: str, evidence: Sequence[str], button: str, weight: float) -> Need:
    return Need(known.completion.project_id, known.completion.name, act, sentence, tuple(evidence), button, weight)


def _starved(known: Known) -> Iterator[Need]:
    for needs, (tasks, value) in known.counts.parts(STARVED).items():
        people, missing = divmod(value, MANY)
        skill = " and ".join(language(name) for name in needs if name)
        who = "1 person" if people == 1 else f"{people} people" if people else "nobody"
        sentence = f"{skill or known.completion.name}: {_many(tasks, 'task')} left for {who}: invite"
        sentence += ", or lower the overlap." if people else " somebody who can do them."
        evidence = [f"Each person may take a task once; one of them still needs {_more(missing)}."]
        if skill:
            evidence.append(f"{known.completion.name}: the tasks ask for {skill}, which {who} in the project can do.")
        yield _need(known, Act.INVITE, sentence, evidence, "Invite", 100 if not people else 90)


def _alarms(known: Known) -> Iterator[Need]:
    for one in alarms_of(known.promises):
        sentence = f"{known.completion.name}: audits say that the model's label {one.label or one.part} fell short."
        yield _need(known, Act.AUDITS, sentence, [alarm_sentence(one)], "See the audits", 95)


def _no_analyst(known: Known) -> Iterator[Need]:
    n = known.completion.waiting
    if n and not known.roles.get(Role.ANALYST, 0):
        sentence = f"{known.completion.name}: {_items(n)} {_wait(n)} for review and the project has no analyst."
        yield _need(known, Act.INVITE, sentence, [_oldest(known)], "Name an analyst", 92)


def _deadlines(known: Known) -> Iterator[Need]:
    done = known.completion
    if not done.forecast.to_do:
        return
    for batch in known.batches:
        if batch.deadline_us is None or batch.state is not BatchState.OPEN:
            continue
        left = known.waits.unsettled.get(batch.id, 0)
        late = done.done_by_us is None or done.done_by_us > batch.deadline_us
        if not left or not late:
            continue
        days = (batch.deadline_us - known.now_us) / DAY_US
        # Of a project's pace a batch gets its share.
        share = left / done.forecast.to_do
        high = None if done.forecast.high_days is None else done.forecast.high_days * share
        is_known = done.forecast.low_days is not None
        if (high is not None and high <= days) or (not is_known and days >= 0):
            continue
        due = "was due" if days < 0 else "is due today" if days < 1 else f"is due in {_many(round(days), 'day')}"
        pace = "no end is in sight" if high is None else f"it may take {_many(max(1, round(high)), 'day')} more"
        sentence = f"{done.name}, batch {batch.name}: it {due}, {_items(left)} are left and {pace}."
        rests = f"From the last {_many(done.forecast.days, 'day')} of work, with reviews and what is opened again."
        evidence = [rests if is_known else done.forecast.reason]
        need = _need(known, Act.BATCH, sentence, evidence, "See the batch", 88 if days < 1 else 85)
        yield replace(need, batch=batch.name)


def _backlog(known: Known) -> Iterator[Need]:
    done = known.completion
    if not done.waiting or done.oldest_us is None or not known.roles.get(Role.ANALYST, 0):
        return
    days = day_of(known.now_us) - day_of(done.oldest_us)
    if days < REVIEW_DAYS:
        return
    today = day_of(known.now_us)
    lately = sum(known.counts.n(REVIEWED_ON, str(day)) for day in range(today - 6, today + 1))
    sentence = (
        f"{done.name}: {_items(done.waiting)} {_wait(done.waiting)} for review, the oldest for {_many(days, 'day')}."
    )
    evidence = [
        f"In the last 7 days {_many(lately, 'review')} {'was' if lately == 1 else 'were'} handed in."
        if lately
        else "Nobody reviewed lately."
    ]
    yield _need(known, Act.REVIEW, sentence, evidence, "Open the queue", 60 + min(days, 15))


def _questions(known: Known) -> Iterator[Need]:
    n, since_us = known.waits.questions, known.waits.questions_since_us
    days = 0 if since_us is None else (known.now_us - since_us) // DAY_US
    if n and days >= QUESTION_DAYS:
        sentence = f"{known.completion.name}: {_many(n, 'question')} {_wait(n)} for an answer."
        evidence = [
            f"The oldest has waited for {_many(days, 'day')}; a task that it was asked from is parked meanwhile."
        ]
        yield _need(known, Act.ANSWER, sentence, evidence, "Answer", 76)


def _disputes(known: Known) -> Iterator[Need]:
    if n := known.waits.disputes:
        sentence = f"{known.completion.name}: {_many(n, 'disputed ruling')} {_wait(n)} for another analyst."
        evidence = ["Who ruled first does not rule on a dispute, and nobody else is there."]
        yield _need(known, Act.INVITE, sentence, evidence, "Name an analyst", 74)


def _references(known: Known) -> Iterator[Need]:
    if n := known.waits.references:
        sentence = f"{known.completion.name}: {_many(n, 'reference item')} {'is' if n == 1 else 'are'} in doubt."
        evidence = ["So many people missed it that its own answer may be wrong; it is held against nobody meanwhile."]
        yield _need(known, Act.CONFIRM, sentence, evidence, "Confirm or retire", 70)


def _quiet(known: Known) -> Iterator[Need]:
    done, today = known.completion, day_of(known.now_us)
    open_items = sum(one.items for one in done.bands if one.band in (Band.LEFT, Band.BEGUN))
    handed_in = [int(parts[0]) for parts in known.counts.parts(HANDED_ON) if int(parts[0]) <= today]
    days = today - max(handed_in, default=today)
    is_stuck = bool(known.counts.parts(STARVED))
    if open_items and days >= QUIET_DAYS and not is_stuck and known.waits.open_batches:
        sentence = f"{done.name}: nothing was handed in for {_many(days, 'day')}, and {_items(open_items)} are open."
        evidence = [f"The project has {_many(known.roles.get(Role.ANNOTATOR, 0), 'annotator')}."]
        yield _need(known, Act.INVITE, sentence, evidence, "See the people", 50)


def _fallen(db: Connection | None, known: Known) -> Iterator[Need]:
    """Labels on which people agree less since the last change of the project, as far as that is no chance."""
    held = known.counts.parts(AGREED_OF)
    for change in known.changes[-1:]:
        before: dict[tuple[str, str], list[str]] = {}
        after: dict[tuple[str, str], str] = {}
        for version, part, label in held:
            if int(version) < change.version:
                before.setdefault((part, label), []).append(part_of(version, part, label))
            elif int(version) >= change.version:
                after[part, label] = part_of(version, part, label)
        fallen: list[tuple[Fall, str, str]] = []
        for (part, label), now in after.items():
            if not part or (part, label) not in before:
                continue
            newest = max(before[part, label], key=lambda one: int(one.split("\t")[0]))
            fall = fall_of(known.counts.mean(AGREED_OF, newest), known.counts.mean(AGREED_OF, now))
            if fall is not None and fall.by >= LEAST_FALL:
                fallen.append((fall, part, label))
        # A label says more than the part it belongs to.
        named = {part for _, part, label in fallen if label}
        fallen = [one for one in fallen if one[2] or one[1] not in named]
        for fall, part, label in sorted(fallen, key=lambda one: -one[0].by)[:MOST_OF_A_KIND]:
            about = (known.completion.project_id, part, label or None, change.at_us, CLIPS)
            items = () if db is None else waiting.worst_items(db, *about)
            yield _fallen_need(known, change, fall, part, label, items)


def _fallen_need(known: Known, change: ChangeLine, fall: Fall, part: str, label: str, items: Sequence[str]) -> Need:
    a, b = fall.before, fall.after
    what, since = label or part, f"since {change.words}"
    sentence = f"{known.completion.name}: agreement on {what} fell {_two(a.value)} → {_two(b.value)} {since}."
    evidence = (
        f"Before: {_two(a.value)} ({_two(a.low)} to {_two(a.high)}, n = {a.n}); since: {_two(b.value)}"
        f" ({_two(b.low)} to {_two(b.high)}, n = {b.n}).",
        f"The fall is {_two(fall.low)} to {_two(fall.high)}, so it is hardly chance.",
    )
    button = f"Hear {_many(len(items), 'clip')}" if items else "See the agreement"
    one = known.completion
    weight = 80 + min(9.0, 10 * fall.by)
    return Need(
        one.project_id, one.name, Act.HEAR, sentence, evidence, button, weight, tuple(items), part, label or None
    )


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".removeprefix("0") if value < 1 else "1.00"


def _more(missing: int) -> str:
    return "1 person more" if missing == 1 else f"{missing} people more"


def _many(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def _items(n: int) -> str:
    return _many(n, "item")


def _wait(n: int) -> str:
    return "waits" if n == 1 else "wait"


def _oldest(known: Known) -> str:
    since_us = known.completion.oldest_us
    days = 0 if since_us is None else day_of(known.now_us) - day_of(since_us)
    return f"The oldest has waited for {_many(days, 'day')}." if days else "They came today."


_LANGUAGES = {
    "ar": "Arabic", "bn": "Bengali", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish",
    "sw": "Swahili", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "zh": "Chinese",
}  # fmt: skip


def language(code: str) -> str:
    """What a skill is called: a language by its English name, anything else as it is."""
    return _LANGUAGES.get(code.lower().split("-")[0].split("_")[0], code) if len(code) <= 7 else code
