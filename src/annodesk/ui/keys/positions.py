"""Where a key lies on the board: scan codes of each system to positions, which are named as on a US keyboard."""

from __future__ import annotations

import sys
from collections.abc import Mapping

ROWS = ("`1234567890-=", "QWERTYUIOP[]\\", "ASDFGHJKL;'", "ZXCVBNM,./")
"""The positions of the main block, row by row from the top; each row lies half a key further right."""

_FIRST = {"evdev": (49, 24, 38, 52), "windows": (0x29, 0x10, 0x1E, 0x2C)}
"""The code of a row's first key; of the first row, the code of the key left of 1."""


def _rows(first: tuple[int, ...], one: int, backslash: int, f13: Mapping[int, int]) -> dict[int, str]:
    codes = {first[0]: "`", backslash: "\\"}
    codes |= {one + place: sign for place, sign in enumerate(ROWS[0][1:])}
    for start, row in zip(first[1:], ROWS[1:], strict=True):
        codes |= {start + place: sign for place, sign in enumerate(row) if sign != "\\"}
    return codes | {code: f"F{number}" for number, code in f13.items()}


EVDEV = _rows(_FIRST["evdev"], 10, 51, {n: 178 + n for n in range(13, 25)})
"""X11 and Wayland: the kernel's codes plus eight."""
WINDOWS = _rows(_FIRST["windows"], 0x02, 0x2B, {**{n: 0x57 + n for n in range(13, 24)}, 24: 0x76})
MACOS = dict(
    zip(
        (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29),
        "ASDFHGZXCVBQWERYT123465=97-80",
        strict=True,
    )
) | {30: "]", 31: "O", 32: "U", 33: "[", 34: "I", 35: "P", 37: "L", 38: "J", 39: "'", 40: "K", 41: ";", 42: "\\",
     43: ",", 44: "/", 45: "N", 46: "M", 47: ".", 50: "`", 105: "F13", 107: "F14", 113: "F15", 106: "F16", 64: "F17",
     79: "F18", 80: "F19", 90: "F20"}  # fmt: skip
"""macOS tells virtual key codes, which are positions too; its scan code is always 1."""


def table() -> Mapping[int, str]:
    """The codes of the system this runs on."""
    return {"win32": WINDOWS, "darwin": MACOS}.get(sys.platform, EVDEV)


def position_of(scan_code: int, virtual_key: int) -> str:
    """The position of a key event's native codes; empty where no keyboard made it or the position has no name."""
    if not scan_code:
        return ""
    return table().get(virtual_key if sys.platform == "darwin" else scan_code, "")


def code_of(position: str) -> int:
    """The native code of a position on this system."""
    return next(code for code, name in table().items() if name == position)


def lies_beside(one: str, other: str) -> bool:
    """Whether two positions touch each other on the board."""
    places = {sign: (row, place + row / 2) for row, signs in enumerate(ROWS) for place, sign in enumerate(signs)}
    if one not in places or other not in places or one == other:
        return False
    (row, x), (other_row, other_x) = places[one], places[other]
    return abs(row - other_row) <= 1 and abs(x - other_x) <= 1
