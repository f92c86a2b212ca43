"""The law of all formats: what is written is read again as it was, or the losses name what is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annodesk import formats
from annodesk.formats import FORMATS, Document, Format, TierInfo, same, to_labels
from annodesk.model.annotations import Segment
from annodesk.model.schema import Label, LabelSchema, Tier
from tests.formats.documents import documents, fitting, law_holds, trees

QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
EXAMPLES = settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=QUIET)
MANY = settings(max_examples=2000, deadline=None, database=None, print_blob=True, suppress_health_check=QUIET)
each_format = pytest.mark.parametrize("known", FORMATS, ids=lambda f: f.name)


@each_format
@EXAMPLES
@given(document=documents())
def test_any_document_is_read_as_written_or_its_losses_are_named(
    known: Format, document: Document, tmp_path: Path
) -> None:
    lost = law_holds(known, document, tmp_path)
    assert len(lost) == len(set(lost))


@each_format
@EXAMPLES
@given(document=documents(plain=True))
def test_a_document_of_segments_is_read_as_written_or_its_losses_are_named(
    known: Format, document: Document, tmp_path: Path
) -> None:
    lost = law_holds(known, document, tmp_path)
    assert len(lost) == len(set(lost))


@each_format
@EXAMPLES
@given(data=st.data())
def test_a_document_that_fits_its_format_is_written_without_a_loss(
    known: Format, data: st.DataObject, tmp_path: Path
) -> None:
    assert law_holds(known, data.draw(fitting(known.name)), tmp_path) == []


@pytest.mark.slow
@each_format
@MANY
@given(document=st.one_of(documents(), documents(plain=True), trees()))
def test_the_law_holds_for_thousands_of_documents(known: Format, document: Document, tmp_path: Path) -> None:
    law_holds(known, document, tmp_path)
    lost = law_holds(known, known.read(tmp_path / f"law{known.extensions[0]}").document, tmp_path)
    assert len(lost) == len(set(lost))


@EXAMPLES
@given(document=trees())
def test_elan_keeps_parents_and_derived_times_without_a_loss(document: Document, tmp_path: Path) -> None:
    lost = law_holds(formats.by_name("elan"), document, tmp_path)
    assert [s for s in lost if "XML" not in s] == []


@each_format
@EXAMPLES
@given(document=documents(plain=True))
def test_a_file_that_was_read_is_written_and_read_without_change(
    known: Format, document: Document, tmp_path: Path
) -> None:
    path = tmp_path / "first"
    known.write(document, path)
    once = known.read(path).document
    law_holds(known, once, tmp_path)
    known.write(once, tmp_path / "second")
    assert same(known.read(tmp_path / "second").document, once)


@EXAMPLES
@given(found=st.lists(documents(), max_size=3))
def test_native_gives_back_every_document_element_by_element(found: list[Document], tmp_path: Path) -> None:
    native = formats.by_name("native")
    lost = native.losses(found)
    native.write(found, tmp_path / "x.jsonl")
    again = native.read(tmp_path / "x.jsonl")
    if not lost:
        assert again.documents == tuple(found)


@pytest.mark.parametrize("name", ["textgrid", "elan", "audacity"])
def test_labels_come_back_as_labels_through_formats_that_hold_one_text(name: str, tmp_path: Path) -> None:
    schema = LabelSchema((Tier("content", labels=(Label("speech"), Label("music"))),))
    segments = (
        Segment("a1", "content", 0, 1_000_000, ("speech",)),
        Segment("a2", "content", 1_000_000, 2_000_000, ("speech", "music")),
        Segment("a3", "content", 2_000_000, 3_000_000, (), "a remark"),
    )
    document = Document(segments, (TierInfo("content"),))
    path = tmp_path / "file"
    formats.write(document, path, name)
    again = to_labels(formats.read(path).document, schema).document
    assert [(s.tier, s.labels, s.text) for s in again.segments] == [(s.tier, s.labels, s.text) for s in segments]


@each_format
def test_twenty_thousand_segments_are_written_and_read_within_seconds(known: Format, tmp_path: Path) -> None:
    segments = tuple(Segment(f"a{n + 1}", "", n * 1000, n * 1000 + 1000, text=f"word {n}") for n in range(20_000))
    document = Document(segments, (TierInfo(""),))
    assert known.losses([document]) is not None
    known.write(document, tmp_path / "long")
    assert len(known.read(tmp_path / "long").document.segments) == 20_000
