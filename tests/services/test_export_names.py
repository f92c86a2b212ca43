"""Every exported item has a file of its own, whatever its key is."""

from __future__ import annotations

from pathlib import Path

from annodesk import formats
from annodesk.formats.base import Document
from annodesk.model.annotations import Segment
from annodesk.services.transfer import _write_each

KEYS = ("day/one", "day_one", "DAY_ONE", "day\none", "..", "../../day")


def test_items_whose_keys_differ_in_odd_characters_alone_do_not_overwrite_each_other(tmp_path: Path) -> None:
    documents = [
        Document((Segment(f"s{n}", "content", 0, 1_000_000, text=f"of {n}"),), item=key) for n, key in enumerate(KEYS)
    ]
    out = tmp_path / "deep" / "out"
    files = _write_each(formats.by_name("audacity"), documents, out)
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in files)
    assert {path.parent for path in files} == {out}
    assert [path.read_text(encoding="utf-8").split("\t")[2].strip() for path in files] == [
        f"of {n}" for n in range(len(KEYS))
    ]
    assert all(path.name.isprintable() for path in files)
