"""Of long guidelines those passages are told that are about the question, in their own order."""

from __future__ import annotations

import time

from annodesk.prelabel.asked import Asked, Form
from annodesk.prelabel.passages import choose_passages

ADVERT = Asked("content", Form.ONE, ("advert", "speech"), "content.", {"advert": "A message for a product."})
FILLING = "Chairs are put back under the tables in the evening, and windows are shut before anybody leaves.\n\n"


def test_short_guidelines_are_told_whole_with_their_headings() -> None:
    found = choose_passages("# Rules\n\nBe kind.\n\n## Adverts\n\nA jingle is one.\n", ADVERT, 1000)
    assert found.is_whole
    assert found.text == "Rules\nBe kind.\nAdverts\nA jingle is one."


def test_of_a_hundred_pages_the_passage_about_a_label_is_told() -> None:
    pages = FILLING * 3000
    middle = "## Sponsors\n\nAn advert begins where the host names the sponsor.\n\n"
    text = f"# Work\n\n{pages}{middle}# After\n\n{pages}"
    started = time.monotonic()
    found = choose_passages(text, ADVERT, 800)
    assert time.monotonic() - started < 5
    assert "An advert begins where the host names the sponsor." in found.text
    assert "Sponsors" in found.text
    assert len(found.text) <= 800
    assert not found.is_whole


def test_what_is_left_out_between_two_passages_is_marked() -> None:
    text = f"An advert sells.\n\n{FILLING * 40}Speech is an advert only where it sells.\n"
    found = choose_passages(text, ADVERT, 150)
    assert found.text == "An advert sells.\n…\nSpeech is an advert only where it sells."


def test_pictures_and_addresses_of_links_take_no_room() -> None:
    found = choose_passages("See ![a wave](wave.png) the [advert list](https://example.org/x).", ADVERT, 1000)
    assert found.text == "See the advert list."


def test_a_paragraph_without_end_is_cut() -> None:
    found = choose_passages("advert " * 5000, ADVERT, 900)
    assert 300 < len(found.text) <= 900


def test_a_file_made_to_take_long_does_not() -> None:
    for hostile in ("![" * 200_000, "[" * 400_000, "# " + " " * 400_000 + "x", "\n#" * 200_000):
        started = time.monotonic()
        choose_passages(hostile, ADVERT, 800)
        assert time.monotonic() - started < 10
