"""Cleaning of HTML that merchants write."""

from __future__ import annotations

import pytest

from src.utils.rich_text import MAX_TAGS, TooManyTags, clean_html


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("<img src=x onerror=alert(1)>", ""),
        ("<svg><style><img src=x onerror=alert(1)></style></svg>", ""),
        ("<svg/onload=alert(1)>", ""),
        (
            '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
            "<table></table>",
        ),
        ('<noscript><p title="</noscript><img src=x onerror=alert(1)>">', "<p></p>"),
        ('<a href="javascript:alert(1)">茶</a>', "茶"),
        ('<img src="javascript:alert(1)">', ""),
        ('<img src="data:text/html,<script>alert(1)</script>">', ""),
        ('<img src="//evil.example/x.png">', ""),
        ('<img src="/\\evil.example/x.png">', ""),
        ('<img src="http://plain.example/x.png">', ""),
        ('<p style="position:fixed" onclick="alert(1)" id="x" class="y">茶</p>', "<p>茶</p>"),
        ("<scr<script>ipt>alert(1)</scr</script>ipt>茶", "茶"),
        ("<iframe srcdoc='<script>alert(1)</script>'></iframe>", ""),
        ("<form action=/x><input name=a></form>", ""),
        ("<b>\u0338onclick=alert(1)>", ""),
        ("<p>好<!-- hidden -->茶</p>", "<p>好茶</p>"),
        ("<p>好\u202e\u200b\x07茶</p>", "<p>好茶</p>"),
    ],
)
def test_what_could_do_anything_goes(dirty: str, clean: str) -> None:
    assert clean_html(dirty) == clean


@pytest.mark.parametrize(
    "html",
    [
        "<h2>高山乌龙</h2><p>海拔<strong>一千二百米</strong>。<br>春茶</p>",
        '<img src="/media/a.png" alt="茶园" width="750">',
        '<img src="https://cdn.example/a.png">',
        '<table><tbody><tr><td colspan="2">产地</td></tr></tbody></table>',
        "<ul><li>一</li><li>二</li></ul>",
        "第一行\n第二行",
        "",
    ],
)
def test_what_shows_a_product_stays(html: str) -> None:
    assert clean_html(html) == html


@pytest.mark.parametrize(
    ("text", "html"), [("a < b & c", "a &lt; b &amp; c"), ("&lt;script&gt;", "&lt;script&gt;"), ("茶 <3", "茶 &lt;3")]
)
def test_text_is_text(text: str, html: str) -> None:
    assert clean_html(text) == html


@pytest.mark.parametrize(
    "html", ["<b><i>茶</b></i>", "<p>a & b", "&amp;lt;b&gt;", "<td>x", "<p><p><p>", "<im<img>g src=x>"]
)
def test_cleaning_again_changes_nothing(html: str) -> None:
    assert clean_html(clean_html(html)) == clean_html(html)


@pytest.mark.parametrize("html", ["<div>" * (MAX_TAGS + 1), "<div>" * MAX_TAGS, "<p><b><i>" * (MAX_TAGS // 3)])
def test_more_markup_than_anybody_needs_is_refused(html: str) -> None:
    with pytest.raises(TooManyTags):
        clean_html(html)
