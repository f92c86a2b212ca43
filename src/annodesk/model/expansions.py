"""Short words that become longer ones as somebody types: which one stands before the caret, and what it becomes."""

from __future__ import annotations

from collections.abc import Mapping

MOST_EXPANSIONS = 1000
LONGEST_SHORT, LONGEST_TEXT = 40, 2000


def fault(short: str, text: str) -> str:
    """What is wrong with an expansion, in a few words; empty where nothing is."""
    if not short or len(short) > LONGEST_SHORT:
        return f"a short word has 1 to {LONGEST_SHORT} characters"
    if any(sign.isspace() or not sign.isprintable() for sign in short):
        return f"{short!r} has a space or an unprintable sign in it"
    if not short[-1].isalnum():
        return f"{short!r} must end with a letter or digit: what follows it expands it"
    if not text.strip() or len(text) > LONGEST_TEXT:
        return f"what {short!r} stands for has 1 to {LONGEST_TEXT} characters"
    if any(not sign.isprintable() and sign != "\n" for sign in text):
        return f"what {short!r} stands for has an unprintable sign in it"
    return ""


def ends_word(sign: str) -> bool:
    """Whether a typed sign ends the word before it, so that it may be expanded."""
    return len(sign) == 1 and sign.isprintable() and not sign.isalnum() and sign not in "_'’"


def expand(before: str, table: Mapping[str, str]) -> tuple[int, str] | None:
    """How many code points before the caret are a short word, and what it becomes; None where they are none.

    The short word must stand by itself. Written with a capital it begins with one too, unless the table says otherwise.
    """
    longest = before[-LONGEST_SHORT - 1 :]
    word = longest.rsplit(None, 1)[-1] if longest and not longest[-1].isspace() else ""
    for start in range(len(word)):
        short = word[start:]
        if start and word[start - 1].isalnum():
            continue  # in the middle of a word
        if short in table:
            return len(short), table[short]
        lower = short[:1].lower() + short[1:]
        if lower != short and lower in table:
            text = table[lower]
            return len(short), text[:1].upper() + text[1:]
    return None


def parse_lines(text: str) -> tuple[dict[str, str], str]:
    """Expansions written one to a line as ``short = text``, and what is wrong with the first line that is none."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        short, sign, meaning = line.partition("=")
        short, meaning = short.strip(), meaning.strip().replace("\\n", "\n")
        wrong = fault(short, meaning) if sign else "a line is written as: short = text"
        if not wrong and short in found:
            wrong = f"{short!r} stands there twice"
        if wrong:
            return found, f"Line {number}: {wrong}."
        found[short] = meaning
    if len(found) > MOST_EXPANSIONS:
        return found, f"There are more than {MOST_EXPANSIONS:,}."
    return found, ""


def as_lines(table: Mapping[str, str]) -> str:
    """Expansions one to a line, as `parse_lines` reads them."""
    return "\n".join(f"{short} = {text}".replace("\n", "\\n") for short, text in table.items())
