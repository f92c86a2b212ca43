"""ELAN files: hierarchy, derived times, extras, and files that try to do harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from annodesk import formats
from annodesk.errors import FormatError
from annodesk.formats import Document, TierInfo, same
from annodesk.model.annotations import Segment
from annodesk.model.schema import TierKind, TierRule

WRITTEN = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="Ann" DATE="1970-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
    <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
        <MEDIA_DESCRIPTOR MEDIA_URL="talk.wav" MIME_TYPE="audio/x-wav"/>
    </HEADER>
    <TIME_ORDER>
        <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/>
        <TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="1500"/>
    </TIME_ORDER>
    <TIER TIER_ID="said" LINGUISTIC_TYPE_REF="default-lt">
        <ANNOTATION>
            <ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
                <ANNOTATION_VALUE>a &lt;b&gt; &amp; c</ANNOTATION_VALUE>
            </ALIGNABLE_ANNOTATION>
        </ANNOTATION>
    </TIER>
    <TIER TIER_ID="words" LINGUISTIC_TYPE_REF="symbolic-subdivision" PARENT_REF="said">
        <ANNOTATION>
            <REF_ANNOTATION ANNOTATION_ID="a2" ANNOTATION_REF="a1">
                <ANNOTATION_VALUE>one</ANNOTATION_VALUE>
            </REF_ANNOTATION>
        </ANNOTATION>
        <ANNOTATION>
            <REF_ANNOTATION ANNOTATION_ID="a3" ANNOTATION_REF="a1" PREVIOUS_ANNOTATION="a2">
                <ANNOTATION_VALUE>two</ANNOTATION_VALUE>
            </REF_ANNOTATION>
        </ANNOTATION>
    </TIER>
"""
DOCUMENT = Document(
    (
        Segment("a1", "said", 0, 1_500_000, text="a <b> & c"),
        Segment("a2", "words", 0, 750_000, text="one", parent="a1"),
        Segment("a3", "words", 750_000, 1_500_000, text="two", parent="a1"),
    ),
    (TierInfo("said"), TierInfo("words", parent="said", rule=TierRule.SYMBOLIC_SUBDIVISION)),
    media="talk.wav",
    author="Ann",
)
EAF = (
    '<ANNOTATION_DOCUMENT AUTHOR="" VERSION="3.0"><TIME_ORDER>'
    '<TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/><TIME_SLOT TIME_SLOT_ID="ts2"/>'
    '<TIME_SLOT TIME_SLOT_ID="ts3"/><TIME_SLOT TIME_SLOT_ID="ts4" TIME_VALUE="900"/></TIME_ORDER>{}'
    "</ANNOTATION_DOCUMENT>"
)


def write(folder: Path, text: str) -> Path:
    path = folder / "a.eaf"
    path.write_text(text, encoding="utf-8")
    return path


def aligned(name: str, start: str, end: str, text: str = "x") -> str:
    return (
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}" TIME_SLOT_REF1="{start}" TIME_SLOT_REF2="{end}">'
        f"<ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
    )


def test_tiers_slots_and_references_are_written_as_elan_wants_them(tmp_path: Path) -> None:
    formats.write(DOCUMENT, tmp_path / "a.eaf")
    text = (tmp_path / "a.eaf").read_text()
    assert text.startswith(WRITTEN)
    assert 'CONSTRAINTS="Symbolic_Subdivision"' in text
    assert formats.losses(DOCUMENT, "elan") == []


def test_what_was_written_is_read_with_ids_parents_and_shared_times(tmp_path: Path) -> None:
    formats.write(DOCUMENT, tmp_path / "a.eaf")
    assert formats.read(tmp_path / "a.eaf").document == DOCUMENT


def test_slots_without_a_time_lie_evenly_between_their_neighbours(tmp_path: Path) -> None:
    tier = (
        '<TIER TIER_ID="t">' + aligned("a1", "ts1", "ts2") + aligned("a2", "ts2", "ts3") + aligned("a3", "ts3", "ts4")
    )
    document = formats.read(write(tmp_path, EAF.format(tier + "</TIER>"))).document
    assert [(s.start_us, s.end_us) for s in document.segments] == [
        (0, 300_000),
        (300_000, 600_000),
        (600_000, 900_000),
    ]
    assert "2 times that ELAN sets between its neighbours are written as fixed times." in formats.losses(
        document, "elan"
    )


@pytest.mark.parametrize(
    ("begin", "words"),
    [
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd">', "line 2: it declares a document type or an entity"),
        ('<!DOCTYPE x [<!ENTITY a "aa">]>', "line 2: it declares a document type or an entity"),
    ],
)
def test_document_types_and_entities_are_refused_before_anything_is_expanded(
    begin: str, words: str, tmp_path: Path
) -> None:
    for encoding in ("utf-8", "utf-16"):
        path = tmp_path / "a.eaf"
        path.write_bytes(f'<?xml version="1.0" encoding="{encoding}"?>\n{begin}\n{EAF.format("")}'.encode(encoding))
        with pytest.raises(FormatError) as caught:
            formats.read(path, "elan")
        assert words in caught.value.sentence


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('<TIER TIER_ID="t">' + aligned("a1", "ts4", "ts1") + "</TIER>", "ends at 0 ms, before its start at 900 ms"),
        ('<TIER TIER_ID="t">' + aligned("a1", "ts1", "ts9") + "</TIER>", "'a1' has no time"),
        ('<TIER TIER_ID="t"/><TIER TIER_ID="t"/>', "a tier 't' stands twice"),
        ('<TIER TIER_ID="t" PARENT_REF="u"/>', "the tier 't' has no parent 'u' above it"),
        ('<TIER TIER_ID="t" PARENT_REF="u"/><TIER TIER_ID="u" PARENT_REF="t"/>', "has no parent"),
        ('<TIER TIER_ID="t">' + aligned("a1", "ts1", "ts4") * 2 + "</TIER>", "'a1' stands twice"),
        (
            '<TIER TIER_ID="t"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a1" ANNOTATION_REF="a1"/>'
            "</ANNOTATION></TIER>",
            "'a1' refers to 'a1', which is not on its parent tier",
        ),
        ("<a>" * 40, "nested more than 32 deep"),
        ("<HEADER TIME_UNITS='PAL-frames'/>", "its times are in 'PAL-frames'"),
        ("<TIER>", "it is not whole XML: mismatched tag"),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(body: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        formats.read(write(tmp_path, EAF.format(body)))
    assert words in caught.value.sentence
    assert caught.value.line == 1


def test_lenient_reading_passes_over_what_has_no_time(tmp_path: Path) -> None:
    tier = '<TIER TIER_ID="t">' + aligned("a1", "ts1", "ts9") + aligned("a2", "ts1", "ts4") + "</TIER>"
    result = formats.read(write(tmp_path, EAF.format(tier)), lenient=True)
    assert [s.id for s in result.document.segments] == ["a2"]
    assert [s.reason for s in result.skipped] == ["the annotation 'a1' has no time."]


def test_the_losses_name_rough_times_points_overlap_and_orphans() -> None:
    segments = (
        Segment("a1", "t", 0, 1_000_500, text="x"),
        Segment("a2", "t", 500_000, 2_000_000, text="y"),
        Segment("a3", "p", 1_000, 1_000),
        Segment("a4", "w", 9_000_000, 9_500_000, text="lost"),
    )
    tiers = (
        TierInfo("t"),
        TierInfo("p", TierKind.POINT),
        TierInfo("w", parent="t", rule=TierRule.SYMBOLIC_ASSOCIATION),
    )
    assert formats.losses(Document(segments, tiers, duration_us=5), "elan") == [
        "The length of the recording is not kept.",
        "1 point tier is written as an ordinary one: ELAN has no points.",
        "1 segment is moved to whole milliseconds, ELAN's unit of time.",
        "1 segment without length is written one millisecond long.",
        "1 segment that overlaps others is written on a tier of its own, 't (2)'.",
        "1 segment is left out, because its symbolic tier needs a parent.",
    ]


def test_a_real_interlinear_file_gives_references_their_parents_times(shared: Path) -> None:
    document = formats.read(shared / "data/annotations/elan/poio_example.eaf").document
    by_id = {s.id: s for s in document.segments}
    tiers = {t.name: t for t in document.tiers}
    assert tiers["W-POS"].rule is TierRule.SYMBOLIC_ASSOCIATION
    references = [s for s in document.segments if s.tier == "W-POS"]
    assert references
    for segment in references:
        parent = by_id[segment.parent or ""]
        assert (segment.start_us, segment.end_us, parent.tier) == (parent.start_us, parent.end_us, "W-Words")


def test_real_units_are_as_their_authors_count_them(shared: Path) -> None:
    document = formats.read(shared / "data/annotations/elan/MaureenMarvinRobin.eaf").document
    assert [s.text for s in document.segments] == ["S"] * 4
    assert len([s for s in document.segments if s.tier in ("Maureen", "Robin")]) == 3
    assert (document.segments[0].start_us, document.segments[0].end_us) == (1_006_000, 1_896_000)


def test_all_of_a_real_file_survives_but_what_the_losses_name(shared: Path, tmp_path: Path) -> None:
    document = formats.read(shared / "data/annotations/elan/pympi_sample_2.8.eaf").document
    assert formats.losses(document, "elan") == [
        "1,572 times that ELAN sets between its neighbours are written as fixed times."
    ]
    formats.write(document, tmp_path / "a.eaf")
    extras = {"elan": {k: v for k, v in document.extras["elan"].items() if k != "unaligned"}}
    again = formats.read(tmp_path / "a.eaf").document
    assert same(again, replace(document, extras=extras))
    assert sum("elan.CVE_REF" in s.attributes for s in again.segments) == 1200


def test_pympi_reads_from_our_files_what_it_reads_from_the_real_ones(shared: Path, tmp_path: Path) -> None:
    import pympi

    for path in sorted((shared / "data/annotations/elan").glob("*.eaf")):
        document = formats.read(path).document
        formats.write(document, tmp_path / path.name)
        before = pympi.Eaf(str(path), suppress_version_warning=True)
        after = pympi.Eaf(str(tmp_path / path.name), suppress_version_warning=True)
        assert list(after.tiers) == list(before.tiers)
        assert after.controlled_vocabularies == before.controlled_vocabularies
        assert after.linguistic_types == before.linguistic_types
        assert after.media_descriptors == before.media_descriptors
        for name, (old, old_references, old_attributes, _) in before.tiers.items():
            new, new_references, new_attributes, _ = after.tiers[name]
            assert dict(new_attributes) == dict(old_attributes)
            assert new_references.keys() == old_references.keys()
            assert {i: r[:2] for i, r in new_references.items()} == {i: r[:2] for i, r in old_references.items()}
            for note, (start, end, text, _) in old.items():
                times = [after.timeslots[slot] for slot in new[note][:2]]
                given = [before.timeslots[start], before.timeslots[end]]
                assert [g if g is not None else t for g, t in zip(given, times, strict=True)] == times
                assert new[note][2] == text
