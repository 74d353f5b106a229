"""Cleaning of text that people typed."""

from __future__ import annotations

import bleach
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.utils.text import clean_text


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("<script>alert(1)</script>好茶", "好茶"),
        ("<SCRIPT SRC=//evil.example/x.js></SCRIPT>好茶", "好茶"),
        ("好茶<script>never closed", "好茶"),
        ("<scr<script>ipt>alert(1)</scr</script>ipt>", ""),
        ("<style>p { color: red }</style>好茶", "好茶"),
        ("<img src=x onerror=alert(1)>好茶", "好茶"),
        ("<svg><style><img src=x onerror=alert(1)></style></svg>", ""),
        ("<b>好</b><i>茶</i>", "好茶"),
        ("好<!-- hidden -->茶", "好茶"),
    ],
)
def test_markup_goes_and_what_scripts_hold_goes_with_it(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("&lt;script&gt;alert(1)&lt;/script&gt;好茶", "好茶"),
        ("&amp;lt;b&amp;gt;好茶&amp;lt;/b&amp;gt;", "好茶"),
        ("&amp;amp;lt;img src=x onerror=alert(1)&amp;amp;gt;", ""),
    ],
)
def test_markup_that_entities_hide_goes_as_well(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean


def test_what_hides_deeper_stays_escaped() -> None:
    deep = "&" + "amp;" * 8 + "lt;b&" + "amp;" * 8 + "gt;"
    cleaned = clean_text(deep)
    assert "<" not in cleaned
    assert "b" in cleaned


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x0b", "\x1b", "\x7f", "\x85"])
def test_control_characters_leave_no_trace(control: str) -> None:
    assert clean_text(f"好{control}茶") == "好茶"


def test_control_characters_do_not_split_a_tag() -> None:
    assert clean_text("<scr\x07ipt>alert(1)</scr\x07ipt>好茶") == "好茶"


@pytest.mark.parametrize(
    "text",
    [
        "a < b & c > d",
        "AT&T",
        "<3",
        "1<2",
        "'单' \"双\"",
        "第一行\n第二行",
        "{{7*7}} %(x)s ${jndi:ldap://x}",
        "👨‍👩‍👧 茶",
    ],
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(
    ("dirty", "clean"), [("  好茶 \n", "好茶"), ("\u3000好茶\u3000", "好茶"), ("e\u0301", "é"), ("", "")]
)
def test_outer_space_goes_and_letters_are_composed(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean


@pytest.mark.parametrize("text", ["a < b &amp; c", "<b>x</b>", "&lt;i&gt;", "好茶 & 咖啡"])
def test_cleaning_again_changes_nothing(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once


@given(st.text(alphabet=st.characters(exclude_characters="<>&", exclude_categories=["Cs"]), max_size=40))
def test_text_without_markup_is_what_a_parser_would_leave(text: str) -> None:
    cleaned = clean_text(text)
    assert bleach.clean(cleaned, tags=set(), strip=True) == cleaned
    assert clean_text(cleaned) == cleaned
