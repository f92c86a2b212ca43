"""Files that want to do harm: whatever the bytes, a reader gives a result or one sentence, and soon."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from annodesk import formats
from annodesk.errors import FormatError
from annodesk.formats import FORMATS, Document, Format, TierInfo
from annodesk.model.annotations import Segment
from annodesk.model.schema import TierRule

GRID = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n9\n<exists>\n'
EAF = '<ANNOTATION_DOCUMENT VERSION="3.0">{}</ANNOTATION_DOCUMENT>'
SOON_S = 60.0
PIECES = (
    b"\0",
    b'"',
    b"\xff",
    b"-1",
    b"nan",
    b"1e999",
    b"\n",
    b"\t",
    b"<",
    b"&",
    b"&a;",
    b"{",
    b"[",
    b"9" * 30,
    b"\xef\xbb\xbf",
)

SAMPLE = Document(
    (
        Segment("a1", "top", 0, 4_000_000, text="one two"),
        Segment("a2", "child", 0, 2_000_000, text="one", parent="a1"),
        Segment("a3", "child", 2_000_000, 4_000_000, text='t"wo', parent="a1"),
    ),
    (TierInfo("top"), TierInfo("child", parent="top", rule=TierRule.SYMBOLIC_SUBDIVISION)),
    duration_us=5_000_000,
)


def mutate(data: bytes, rng: random.Random) -> bytes:
    """The bytes with up to four stretches cut, doubled, overwritten or added to."""
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + rng.choice([0, 1, 2, 8, 100]))
        piece = rng.choice([b"", data[start:end] * 2, rng.choice(PIECES), rng.randbytes(3)])
        data = data[:start] + piece + data[end:]
    return data[: rng.randrange(len(data) + 1)] if rng.random() < 0.1 else data


def survives(known: Format, data: bytes, folder: Path) -> None:
    """Reading raises nothing but FormatError; what was read leniently can be written and read again."""
    path = folder / "hostile"
    path.write_bytes(data)
    for lenient in (False, True):
        try:
            result = known.read(path, lenient=lenient)
        except FormatError:
            continue
        for document in result.documents:
            known.write(document, folder / "again")
            again = known.read(folder / "again")
            if not known.losses([document]):
                assert formats.same(again.document, document, labels=known.holds_labels)


def fuzz(known: Format, folder: Path, rng: random.Random, rounds: int, seeds: list[bytes]) -> None:
    for _ in range(rounds):
        survives(known, mutate(rng.choice(seeds), rng), folder)


@pytest.mark.parametrize("known", FORMATS, ids=lambda f: f.name)
def test_a_mutated_file_of_ours_is_read_or_refused(known: Format, tmp_path: Path, rng: random.Random) -> None:
    seeds = [known.render([SAMPLE])]
    fuzz(known, tmp_path, rng, 150, seeds)
    assert known.parse(seeds[0], formats.base.Report(tmp_path, False)).document.segments


@pytest.mark.slow
@pytest.mark.parametrize("name", ["textgrid", "elan", "audacity", "csv"])
def test_a_mutated_real_file_is_read_or_refused(name: str, shared: Path, tmp_path: Path, rng: random.Random) -> None:
    files = [p for p in sorted((shared / "data/annotations" / name).iterdir()) if p.stat().st_size < 100_000]
    fuzz(formats.by_name(name), tmp_path, rng, 1500, [p.read_bytes() for p in files])
    assert files


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("textgrid", GRID + "999999999\n", "the file ends where the class of a tier is expected"),
        ("textgrid", GRID + "9" * 100_000, "the number of tiers is '9999"),
        ("textgrid", GRID + '1\n"IntervalTier"\n"t"\n0\n9\n999999999\n', "the time of entry 1 is expected"),
        ("textgrid", GRID + '"' * 2_000_001, "quotation mark is opened and never closed"),
        ("textgrid", GRID + '"a" ' * 500_000, "expected the number of tiers, a number"),
        ("elan", EAF.format("<TIER TIER_ID='t'>" + "<a>" * 1_000_000), "nested more than 32 deep"),
        ("elan", EAF.format("<TIER>" * 20), "nested"),
        ("audacity", "0\t1\t" + "x" * 5_000_000 + "\nx", "line 2"),
        ("audacity", "9" * 5_000_000 + "\t1\tx", "line 1"),
        ("csv", 'start,end,text\n0,1,"' + "x" * 20_000_000 + '"', "line 2: the row cannot be read"),
        ("csv", "start," * 100_000 + "end", "could be the same"),
        ("native", '{"annodesk": "annotations", "version": 1}' + "\n[" * 2000, "line 2: this line is not JSON"),
    ],
)
def test_a_file_made_to_exhaust_the_reader_is_refused_soon(name: str, text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile"
    path.write_text(text)
    begun = time.monotonic()
    with pytest.raises(FormatError) as caught:
        formats.read(path, name)
    assert time.monotonic() - begun < SOON_S
    assert words in caught.value.sentence or name == "elan"


def test_a_long_chain_of_tiers_and_slots_is_read_soon(tmp_path: Path) -> None:
    tiers = "".join(f'<TIER TIER_ID="t{n}" PARENT_REF="t{n - 1}"/>' for n in range(1, 20_000))
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="s{n}"/>' for n in range(20_000))
    ring = "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{n}" TIME_SLOT_REF1="s{n}" TIME_SLOT_REF2="s{n + 1}"/>'
        "</ANNOTATION>"
        for n in range(900)
    )
    body = f'<TIME_ORDER>{slots}</TIME_ORDER><TIER TIER_ID="t0">{ring}</TIER>{tiers}'
    (tmp_path / "a.eaf").write_text(EAF.format(body))
    begun = time.monotonic()
    result = formats.read(tmp_path / "a.eaf", lenient=True)
    assert time.monotonic() - begun < SOON_S
    assert (len(result.document.tiers), len(result.skipped)) == (20_000, 900)


def test_thousands_of_segments_at_one_time_are_written_soon(tmp_path: Path) -> None:
    document = Document(tuple(Segment(f"a{n}", "t", 0, 1_000_000, text="x") for n in range(3_000)))
    begun = time.monotonic()
    for known in FORMATS:
        assert known.losses([document]) is not None
        known.write(document, tmp_path / "crowd")
        assert len(known.read(tmp_path / "crowd").document.segments) == 3_000
    assert time.monotonic() - begun < SOON_S
