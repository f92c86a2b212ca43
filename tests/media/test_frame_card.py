"""A graphics card decodes only what it decodes like the processor; here cards that are right, wrong and broken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame
from msgspec.structs import replace

from annodesk.errors import MediaError
from annodesk.media.frame_card import DIFFERS, FAILED, NO_CARD, ways_here
from annodesk.media.frame_decode import FrameDecoder
from annodesk.media.frame_index import FrameIndex
from annodesk.media.frames import FrameReader
from tests.media.test_frames import PTS
from tests.media.videos import number_in, write_video


class Card(FrameDecoder):
    """Stands in for a card: gives frames as cards do, and can be told to go wrong after some frames."""

    def __init__(self, path: Path, spoil: Callable[[VideoFrame], VideoFrame | None] | None, after: int) -> None:
        self.spoil, self.left = spoil, after
        super().__init__(path)

    def __next__(self) -> VideoFrame:
        while True:
            frame = super().__next__()
            self.left -= 1
            given = frame.reformat(format="nv12") if self.left >= 0 or self.spoil is None else self.spoil(frame)
            if given is not None:
                given.pts = frame.pts
                return given


def fails(frame: VideoFrame) -> VideoFrame:
    raise MediaError("The device was lost.")


def leaves_out(frame: VideoFrame) -> VideoFrame | None:
    return None if frame.pts is not None and (frame.pts // 3600) % 3 == 1 else frame


def is_lighter(frame: VideoFrame) -> VideoFrame:
    lighter = np.minimum(frame.to_ndarray(format="rgb24").astype(np.int16) + 6, 255).astype(np.uint8)
    return VideoFrame.from_ndarray(lighter, format="rgb24")


def a_card(spoil: Callable[[VideoFrame], VideoFrame | None] | None = None, after: int = 0) -> Callable[[Path], Card]:
    return lambda path: Card(path, spoil, after)


def no_card(path: Path) -> FrameDecoder:
    raise MediaError("There is no device.")


@pytest.fixture(scope="module")
def barcodes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Videos whose frames carry their number, at a constant and at a variable rate."""
    folder = tmp_path_factory.mktemp("cards")
    return {name: write_video(folder / f"{name}.mp4", PTS[name]) for name in ("constant", "variable")}


PLACES = (0, 5, 60, 59, 58, 3, 90)


def seen(reader: FrameReader) -> list[int]:
    return [number_in(reader.read(number)[0]) for number in PLACES]


@pytest.mark.parametrize("name", ["constant", "variable"])
def test_a_card_that_shows_the_same_decodes(barcodes: Mapping[str, Path], name: str) -> None:
    with FrameReader(barcodes[name], ways=(no_card, a_card())) as reader:
        assert reader.speed_up()
        assert seen(reader) == list(PLACES)
        assert reader.is_by_card
        assert reader.note == ""


@pytest.mark.parametrize("spoil", [fails, leaves_out, is_lighter])
def test_a_card_that_fails_or_shows_other_pictures_is_not_taken(
    barcodes: Mapping[str, Path], spoil: Callable[[VideoFrame], VideoFrame | None]
) -> None:
    with FrameReader(barcodes["constant"], ways=(a_card(spoil),)) as reader:
        assert not reader.speed_up()
        assert reader.note == (FAILED if spoil is fails else DIFFERS)
        assert seen(reader) == list(PLACES)


@pytest.mark.parametrize("spoil", [fails, leaves_out])
def test_a_card_that_goes_wrong_later_gives_way_and_the_frame_is_the_right_one(
    barcodes: Mapping[str, Path], spoil: Callable[[VideoFrame], VideoFrame | None]
) -> None:
    with FrameReader(barcodes["constant"], ways=(a_card(spoil, after=20),)) as reader:
        assert reader.speed_up()
        assert seen(reader) == list(PLACES)
        assert not reader.is_by_card
        assert reader.note == FAILED


def test_without_a_card_the_processor_goes_on_and_says_so(barcodes: Mapping[str, Path]) -> None:
    with FrameReader(barcodes["constant"], ways=(no_card,)) as reader:
        assert not reader.speed_up()
        assert reader.note == NO_CARD
        assert seen(reader) == list(PLACES)


def test_whatever_this_machine_has_shows_the_right_frames(barcodes: Mapping[str, Path]) -> None:
    with FrameReader(barcodes["constant"], ways=ways_here()) as reader:
        assert reader.speed_up() == (not reader.note)
        assert seen(reader) == list(PLACES)


def test_frames_that_can_only_be_counted_are_left_to_the_processor(barcodes: Mapping[str, Path]) -> None:
    index = replace(FrameIndex.of(barcodes["constant"]), is_counted=True)
    with FrameReader(barcodes["constant"], index, ways=(a_card(),)) as reader:
        assert not reader.speed_up()
