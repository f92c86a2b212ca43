"""Verbs about media files: probe, peaks, segments, shots, frame."""

from __future__ import annotations

from pathlib import Path

import click

from annodesk.cli.output import json_option, progress_bar, show
from annodesk.errors import AnnodeskError
from annodesk.model.times import format_us

file_argument = click.argument("file", type=click.Path(path_type=Path), metavar="FILE")


@click.group("media")
def media_command() -> None:
    """Look into a media file."""


@media_command.command("probe")
@file_argument
@json_option
def probe_command(file: Path, as_json: bool) -> None:
    """Streams, duration, rates and checksum."""
    import msgspec

    from annodesk.media import probe

    with progress_bar("checksum") as progress:
        info = probe.probe(file)
        sha256 = probe.content_hash(file, progress=progress)
    document = {**msgspec.to_builtins(info), "sha256": sha256}

    def words() -> list[str]:
        lines = [f"{file.name}: {format_us(info.duration_us)}"]
        lines += [f"  audio {a.codec}, {a.rate_hz} Hz, {a.channels} ch, {a.samples} samples" for a in info.audio]
        lines += [
            f"  video {v.codec}, {v.width} x {v.height}, {v.frames} frames{', variable rate' * v.variable_rate}"
            for v in info.video
        ]
        return [*lines, f"  sha256 {sha256}"]

    show(document, as_json, words)


@media_command.command("peaks")
@file_argument
@json_option
def peaks_command(file: Path, as_json: bool) -> None:
    """Build the waveform's pyramid of minima and maxima into the cache."""
    import time

    from annodesk.media import peaks

    started = time.monotonic()
    with progress_bar("peaks") as progress:
        known = peaks.open_or_none(file)
        found = known or peaks.build(file, progress=progress)
    document = {
        "channels": found.channels,
        "rate_hz": found.rate_hz,
        "samples": found.samples,
        "from_cache": known is not None,
        "seconds": round(time.monotonic() - started, 3),
    }
    source = "from the cache" if known else f"built in {document['seconds']} s"
    show(document, as_json, lambda: f"{file.name}: {found.samples} samples, {found.channels} ch, {source}")


@media_command.command("segments")
@file_argument
@json_option
def segments_command(file: Path, as_json: bool) -> None:
    """Propose segments from the signal itself: silence and novelty."""
    from annodesk.media import boundaries

    if not file.exists():
        raise AnnodeskError(f"There is no file {file}.")
    with progress_bar("listening") as progress:
        found = boundaries.propose(file, progress=progress)
    document = {"segments": [{"start_us": start, "end_us": end, "label": None} for start, end in found]}
    lines = [f"{format_us(start)}  {format_us(end)}" for start, end in found]
    show(document, as_json, lambda: lines or "No sound.")


@media_command.command("shots")
@file_argument
@json_option
def shots_command(file: Path, as_json: bool) -> None:
    """Find where one shot of a video ends and the next begins: hard cuts, and fades through darkness."""
    from msgspec.structs import asdict

    from annodesk.media import shots

    with progress_bar("looking for shots") as progress:
        found = shots.find(file, progress=progress)
    document = {"cuts": [asdict(shot) for shot in found]}
    lines = [f"{format_us(shot.time_us)}  frame {shot.frame}  {shot.kind}" for shot in found]
    show(document, as_json, lambda: lines or "One shot.")


@media_command.command("frame")
@file_argument
@click.option("--frame", "number", type=click.IntRange(min=0), metavar="N", help="The frame of this number, from 0.")
@click.option("--at-us", "time_us", type=int, metavar="T", help="The frame on show at this time in microseconds.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="PNG", help="Where to write it."
)
@json_option
def frame_command(file: Path, number: int | None, time_us: int | None, output: Path, as_json: bool) -> None:
    """Write one exact frame of a video as a PNG, as it is meant to be seen."""
    if (number is None) == (time_us is None):
        raise click.UsageError("Give either --frame or --at-us.")
    from annodesk.formats.files import write_atomically
    from annodesk.media.frames import FrameReader
    from annodesk.media.picture import to_png

    with progress_bar("finding the frames") as progress, FrameReader(file, progress=progress) as reader:
        wanted = reader.index.number_at(time_us or 0) if number is None else number
        picture, pts_us = reader.show(wanted), reader.index.time_us(wanted)
    write_atomically(output, to_png(picture))
    document = {"frame": wanted, "pts_us": pts_us}
    show(document, as_json, lambda: f"Frame {wanted} at {format_us(pts_us)} is in {output}.")
