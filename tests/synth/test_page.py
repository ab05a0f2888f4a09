"""The page of `make synth`: names fit their rectangles, and what a rectangle says is there without a pointer, too."""

import re

from synth.page import LEAST_LETTERS, LETTER, page
from synth.report import Part

CELLS = {"lut4": 0, "carry": 0, "lut_ram": 0, "ff": 0, "ebr": 0}


def module(name: str, sites: int, *children: Part, instances: int = 1) -> Part:
    """A module of so many sites, those of its children among them."""
    below = sum(child.comb * child.instances for child in children)
    return Part(name, instances, {**CELLS, "lut4": sites - below}, {**CELLS, "lut4": sites}, list(children))


def test_names_fit_their_rectangles_and_are_shortened_or_left_out_where_they_do_not() -> None:
    """Of rectangles from almost all of the picture to some points wide."""
    children = [module(f"module_with_a_long_name_{n}", 4000 >> n) for n in range(10)]
    text = page(module("top", 9000, *children), ["a line"], [], None, {"data_width": 64})
    drawn = re.findall(
        r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)"[^>]*><title>([^<]*)</title></rect>(?:<text[^>]*>([^<]*)<)?', text
    )
    assert len(drawn) == 1 + len(children)
    for width, title, name in drawn:
        assert len(name) * LETTER <= float(width)
        assert not name or (len(name) >= min(LEAST_LETTERS, len(title.partition(":")[0])))
    assert any(name.endswith("…") for _, _, name in drawn) and any(not name for _, _, name in drawn)
    assert 'id="about"' in text and "pointerover" in text
