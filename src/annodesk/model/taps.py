"""Taps: what a person pressed while listening, where the edges they meant are, and how late that person taps."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from annodesk.model.schema import Tier, TierKind

Side = Literal["start", "end", "turn"]

PRIOR_LAG_US = 250_000
"""How late people tap before anything is known of this one, by their own clock."""
PRIOR_SPREAD_US = 80_000
LONGEST_LAG_US = 800_000
LEAST_APART_US = 20_000
"""Two edges of one lane are never put closer together."""
SURE = 0.55
"""From this probability on an edge is not asked about."""
NEAR_US = 30_000
"""Places so close together are one place to the ear."""

_PRIOR_WEIGHT = 8
_MOST_SAMPLES = 200
_SPREAD_RANGE_US = (35_000, 160_000)
# What an edge without any change of sound is worth, in nats, and how often a tap is no reaction at all.
_RAW_NATS = 1.4
_STRAY = 0.002
# What is found is more certain than it says, as often as it was right.
_SHARPNESS = 1.5
_REACH_US = 600_000
# A label that is held begins with a rise, as a rule; of turns nothing is known before the others are heard.
_DIRECTION_PRIOR = {"start": (4.0, 1.0), "end": (1.0, 4.0), "turn": (1.0, 1.0)}
_CLEAR_DB = 3.0
_LAG_STEP_US = 10_000
_MOST_OPTIONS = 16
_CLEAR_NATS = 3.0


class Tap(Struct, frozen=True):
    """A key pressed while a recording played: what was heard at that moment, and at which rate.

    ``until_us`` is what was heard as the key was let go where it was held, None for a tap; an empty label says that
    there is nothing from here on. A rate of 0 marks where listening broke off: no hand was late there.
    """

    tier: str
    label: str
    at_us: int
    rate: float = 1.0
    until_us: int | None = None
    until_rate: float = 1.0


class Change(Struct, frozen=True):
    """A moment at which a recording sounds different: by how many nats two sounds explain it better than one, and by
    how many decibel it is louder afterwards. A cut of the picture is one too, with a rise of 0."""

    time_us: int
    gain: float
    rise_db: float = 0.0


class RawEdge(Struct, frozen=True):
    """An edge as it was tapped, with the labels before and after it (empty for nothing)."""

    at_us: int
    rate: float
    side: Side
    before: str
    after: str


class Stretch(Struct, frozen=True):
    """A segment that taps mean: the places of its edges in the plan; without an end it lasts until the pass ends."""

    label: str
    start: int
    end: int | None


class Plan(Struct, frozen=True):
    """The edges of one tier's taps in order of time, and the segments between them."""

    edges: tuple[RawEdge, ...] = ()
    stretches: tuple[Stretch, ...] = ()


class PlacedEdge(Struct, frozen=True):
    """An edge where it was put, and where else it might be: ``choices`` in order, the lag-free tap among them.

    ``why`` says in a few words why a person should look; it is empty where the edge is sure or was chosen.
    """

    raw: RawEdge
    time_us: int
    unrefined_us: int
    choices: tuple[int, ...]
    sureness: float
    why: str = ""


class Reaction(Struct, frozen=True):
    """How late a person taps and how evenly, by their own clock, with what it was learnt from."""

    lag_us: int = PRIOR_LAG_US
    spread_us: int = PRIOR_SPREAD_US
    samples_us: tuple[int, ...] = ()

    def learnt(self, late_us: Sequence[int]) -> Reaction:
        """The reaction after some more taps, each so late; medians, so that a slip of the finger counts little."""
        samples = (*self.samples_us, *late_us)[-_MOST_SAMPLES:]
        if not samples:
            return Reaction()
        weight = len(samples) / (len(samples) + _PRIOR_WEIGHT)
        lag = weight * median(samples) + (1 - weight) * PRIOR_LAG_US
        apart = median([*(abs(late - lag) for late in samples), *[PRIOR_SPREAD_US / 1.4826] * _PRIOR_WEIGHT])
        spread = min(_SPREAD_RANGE_US[1], max(_SPREAD_RANGE_US[0], 1.4826 * apart))
        return Reaction(round(min(lag, LONGEST_LAG_US)), round(spread), samples)


# From taps to edges


def plan_of(tier: Tier, taps: Sequence[Tap]) -> Plan:
    """The edges and segments that the taps on a tier mean.

    On a point tier each tap is a point. Where segments may not overlap a tap ends what is running and begins its
    label; a held key ends with the hand. Where they may, each label runs by itself: its next tap ends it.
    """
    mine = sorted((tap for tap in taps if tap.tier == tier.name), key=lambda tap: tap.at_us)
    if tier.kind is TierKind.POINT:
        edges = [RawEdge(tap.at_us, tap.rate, "start", "", tap.label) for tap in mine if tap.label]
        return Plan(tuple(edges), tuple(Stretch(edge.after, k, k) for k, edge in enumerate(edges)))
    if not tier.overlap:
        return _chain(mine, toggles=False)
    edges, stretches = [], []
    for label in dict.fromkeys(tap.label for tap in mine):
        chain = _chain([tap for tap in mine if tap.label == label], toggles=True)
        for stretch in chain.stretches:
            end = None if stretch.end is None else stretch.end + len(edges)
            stretches.append(Stretch(stretch.label, stretch.start + len(edges), end))
        edges += chain.edges
    order = sorted(range(len(edges)), key=lambda k: edges[k].at_us)
    place = {old: new for new, old in enumerate(order)}
    moved = [Stretch(s.label, place[s.start], None if s.end is None else place[s.end]) for s in stretches]
    return Plan(tuple(edges[k] for k in order), tuple(sorted(moved, key=lambda s: s.start)))


def _chain(taps: Sequence[Tap], *, toggles: bool) -> Plan:
    edges: list[RawEdge] = []
    running = ""
    for k, tap in enumerate(taps):
        label = "" if toggles and tap.until_us is None and running == tap.label else tap.label
        if not label and not running:
            continue
        is_held = tap.until_us is not None and bool(tap.label)
        side: Side = "start" if is_held or not running else "turn" if label else "end"
        edges.append(RawEdge(tap.at_us, tap.rate, side, running, label))
        running = label
        if not is_held:
            continue
        assert tap.until_us is not None
        following = taps[k + 1].at_us if k + 1 < len(taps) else None
        if following is None or following > tap.until_us:
            edges.append(RawEdge(max(tap.until_us, tap.at_us + 1), tap.until_rate, "end", running, ""))
            running = ""
    stretches = [
        Stretch(edge.after, k, k + 1 if k + 1 < len(edges) else None) for k, edge in enumerate(edges) if edge.after
    ]
    return Plan(tuple(edges), tuple(stretches))


# From edges to where they are


def reach_of(edge: RawEdge, reaction: Reaction) -> tuple[int, int]:
    """The stretch of a recording in which the moment that an edge means may lie."""
    lag_us = reaction.lag_us * edge.rate
    return round(edge.at_us - lag_us - _REACH_US * edge.rate), round(edge.at_us - lag_us + _REACH_US * edge.rate)


def find_lag(edges: Sequence[RawEdge], changes: Sequence[Change], reaction: Reaction) -> Reaction:
    """The reaction that explains these taps best: as late as makes most of them meet a change of sound.

    Few taps, or none near a change, leave it nearly as it was.
    """
    clear = [change for change in changes if change.gain >= _CLEAR_NATS]
    near = [_near(edge, clear) for edge in edges[-_MOST_SAMPLES:]]
    used = [(edge, found) for edge, found in zip(edges[-_MOST_SAMPLES:], near, strict=True) if found and edge.rate]
    if not used:
        return reaction
    known = min(1.0, len(reaction.samples_us) / 40)
    trust_us = 70_000 - 40_000 * known  # how far from what is known of the person the lag of a day may be
    best = (-math.inf, reaction.lag_us)
    for lag_us in range(0, LONGEST_LAG_US + 1, _LAG_STEP_US):
        total = -(((lag_us - reaction.lag_us) / trust_us) ** 2) / 2
        for edge, found in used:
            centre, spread = edge.at_us - lag_us * edge.rate, reaction.spread_us * edge.rate
            total += math.log(
                sum(math.exp(min(c.gain, 20.0) - 20 - ((c.time_us - centre) / spread) ** 2 / 2) for c in found) + 1e-4
            )
        best = max(best, (total, lag_us))
    found_lag = replace(reaction, lag_us=best[1])
    late = lateness(place(edges, changes, found_lag))
    if len(late) < 3:
        return found_lag
    around = [lag for lag in late if abs(lag - best[1]) < 2 * reaction.spread_us]
    weight = len(around) / (len(around) + _PRIOR_WEIGHT)
    settled = weight * median(around) + (1 - weight) * best[1] if around else best[1]
    return replace(reaction, lag_us=round(settled))


def lateness(placed: Sequence[PlacedEdge]) -> list[int]:
    """How late each surely placed edge was tapped, by the person's own clock."""
    return [
        round((edge.raw.at_us - edge.time_us) / edge.raw.rate)
        for edge in placed
        if edge.raw.rate and not edge.why and edge.time_us != edge.unrefined_us
    ]


def place(
    edges: Sequence[RawEdge],
    changes: Sequence[Change],
    reaction: Reaction,
    chosen: Mapping[int, int] | None = None,
) -> tuple[PlacedEdge, ...]:
    """Each edge at the change that it most probably means, all edges of the tier together.

    A change is the more probable the clearer it is, the nearer to where the person's lag puts the tap, and where its
    sound rises or falls as at the other edges between the same labels. ``chosen`` are times a person gave to some
    edges, by their place.
    """
    given = {k: edge.at_us for k, edge in enumerate(edges) if not edge.rate} | dict(chosen or {})
    options = [_options(edge, _near(edge, changes), reaction, given.get(k)) for k, edge in enumerate(edges)]
    rises = {key: _DIRECTION_PRIOR[key[0]] for key in {_class(edge) for edge in edges}}
    for _round in range(2):
        scores = [_scores(edge, found, rises[_class(edge)]) for edge, found in zip(edges, options, strict=True)]
        rises = _directions(edges, options, scores)
    scores = [_scores(edge, found, rises[_class(edge)]) for edge, found in zip(edges, options, strict=True)]
    taken = _best_together(edges, options, scores)
    return tuple(
        _placed(edge, k, found, score, taken[k], reaction, given, edges)
        for k, (edge, found, score) in enumerate(zip(edges, options, scores, strict=True))
    )


class _Option(Struct, frozen=True):
    time_us: int
    nats: float
    rise_db: float
    is_change: bool


def _near(edge: RawEdge, changes: Sequence[Change]) -> list[Change]:
    reach = (LONGEST_LAG_US + _REACH_US // 2) * edge.rate
    first = bisect_left(changes, edge.at_us - reach, key=lambda c: c.time_us)
    last = bisect_left(changes, edge.at_us + _REACH_US * edge.rate, key=lambda c: c.time_us)
    return list(changes[first:last])


def _centre(edge: RawEdge, reaction: Reaction) -> int:
    return max(0, round(edge.at_us - reaction.lag_us * edge.rate))


def _options(edge: RawEdge, near: Sequence[Change], reaction: Reaction, given: int | None) -> list[_Option]:
    """Where an edge may be; the tap without its lag comes first."""
    if given is not None:
        return [_Option(given, 0.0, 0.0, True)]
    centre, spread = _centre(edge, reaction), reaction.spread_us * edge.rate
    width = 2 * _REACH_US * edge.rate
    found = [_Option(centre, _RAW_NATS, 0.0, False)]
    for change in near:
        away = change.time_us - centre
        if abs(away) > _REACH_US * edge.rate:
            continue
        bell = math.exp(-((away / spread) ** 2) / 2)
        stray = _STRAY * spread * math.sqrt(2 * math.pi) / width
        found.append(_Option(change.time_us, change.gain + math.log(bell + stray), change.rise_db, True))
    if len(found) > _MOST_OPTIONS:
        found[1:] = sorted(sorted(found[1:], key=lambda o: -o.nats)[:_MOST_OPTIONS], key=lambda o: o.time_us)
    return found


def _class(edge: RawEdge) -> tuple[str, str, str]:
    return edge.side, edge.before, edge.after


def _direction(rise_db: float) -> int:
    return 0 if rise_db > _CLEAR_DB else 1 if rise_db < -_CLEAR_DB else 2


def _scores(edge: RawEdge, options: Sequence[_Option], votes: tuple[float, float]) -> list[float]:
    total = votes[0] + votes[1]
    worth = (math.log(2 * votes[0] / total + 0.02), math.log(2 * votes[1] / total + 0.02), 0.0)
    worth = (worth[0], worth[1], min(0.0, *worth[:2]) / 2)
    return [o.nats + (worth[_direction(o.rise_db)] if o.is_change else 0.0) for o in options]


def _shares(scores: Sequence[float]) -> list[float]:
    highest = max(scores)
    weights = [math.exp(_SHARPNESS * (score - highest)) for score in scores]
    total = sum(weights)
    return [weight / total for weight in weights]


def _directions(
    edges: Sequence[RawEdge], options: Sequence[Sequence[_Option]], scores: Sequence[Sequence[float]]
) -> dict[tuple[str, str, str], tuple[float, float]]:
    """How often the sound rises and falls at the edges between the same labels."""
    votes = {_class(edge): list(_DIRECTION_PRIOR[edge.side]) for edge in edges}
    for edge, found, score in zip(edges, options, scores, strict=True):
        for option, share in zip(found, _shares(score), strict=True):
            if option.is_change and (way := _direction(option.rise_db)) < 2:
                votes[_class(edge)][way] += share
    return {key: (up, down) for key, (up, down) in votes.items()}


def _best_together(
    edges: Sequence[RawEdge], options: Sequence[Sequence[_Option]], scores: Sequence[Sequence[float]]
) -> list[int]:
    """One option for each edge, so that the edges stay in order and the sum is highest."""
    if not edges:
        return []
    best: list[list[tuple[float, int]]] = [[(score, -1) for score in scores[0]]]
    for k in range(1, len(edges)):
        before, row = best[-1], []
        for option, score in zip(options[k], scores[k], strict=True):
            found = max(
                (value - _crowding(options[k - 1][j].time_us, option.time_us), j) for j, (value, _) in enumerate(before)
            )
            row.append((found[0] + score, found[1]))
        best.append(row)
    taken = [max(range(len(best[-1])), key=lambda j: best[-1][j][0])]
    for k in range(len(edges) - 1, 0, -1):
        taken.append(best[k][taken[-1]][1])
    return taken[::-1]


def _crowding(before_us: int, after_us: int) -> float:
    """What it costs that an edge is not after the one before it; never so much that there is no way through."""
    return 0.0 if after_us - before_us >= LEAST_APART_US else 50.0


def _placed(
    edge: RawEdge,
    k: int,
    options: Sequence[_Option],
    scores: Sequence[float],
    taken: int,
    reaction: Reaction,
    given: Mapping[int, int],
    edges: Sequence[RawEdge],
) -> PlacedEdge:
    centre = _centre(edge, reaction)
    chosen = options[taken]
    shares = _shares(scores)
    sureness = sum(
        share for o, share in zip(options, shares, strict=True) if abs(o.time_us - chosen.time_us) <= NEAR_US
    )
    ranked = sorted(zip(shares, options, strict=True), key=lambda pair: -pair[0])
    kept = {o.time_us for share, o in ranked[:9] if share >= 0.004} | {centre, chosen.time_us}
    why = ""
    if k in given:
        sureness = 1.0
    elif not chosen.is_change:
        why = "no change of sound near the tap"
    elif sureness < SURE:
        why = "several changes near the tap"
    elif abs(chosen.time_us - centre) > 3 * reaction.spread_us * edge.rate:
        why = "the change is far from the tap"
    elif edge.side == "turn" and edge.before == edge.after:
        why = f"{edge.after} again: was a tap between them missed?"
    return PlacedEdge(edge, chosen.time_us, centre, tuple(sorted(kept)), sureness, why)
