"""The fields of a product that its searches look at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from src.models.products import SEARCH_FIELDS
from src.utils.search_fields import DESCRIPTION_LENGTH, SearchTexts, search_fields
from src.utils.search_tokens import normalise, query_tokens


def test_all_fields_are_computed_from_the_texts() -> None:
    texts = SearchTexts(
        "Ｔ恤", ["小满", "小满", " "], "<p>纯 棉</p><script>x</script>", [{"颜色": "红"}, {"颜色": "红"}]
    )
    assert search_fields(texts) == {
        "search_tokens": [": 颜色\t红", "= t恤", "^ t", "^ t恤", "t", "t恤", "~ 小满", "恤"],
        "search_text": "t恤\n小满",
        "pinyin_tokens": ["txu", "xiaoman", "xm", "xu"],
        "description_tokens": ["纯棉"],
        "search_description": "纯棉",
    }
    assert set(search_fields(texts)) == set(SEARCH_FIELDS)


def test_fields_are_bounded_however_long_the_texts_are() -> None:
    fields = search_fields(SearchTexts("ﷺ" * 100, ["ﷺ" * 50], "甲乙" * 2_500))
    assert len(fields["search_description"]) == DESCRIPTION_LENGTH
    assert len(fields["search_text"]) == 401
    assert sum(len(fields[name]) for name in SEARCH_FIELDS if name.endswith("_tokens")) < 1_500


@given(st.text(max_size=40), st.data())
def test_every_part_of_a_name_has_its_tokens_among_those_of_the_name(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name)))
    part = normalise(name)[start : data.draw(st.integers(start, len(name)))]
    tokens = search_fields(SearchTexts(name))["search_tokens"]
    assert not part or set(query_tokens(part)) <= set(tokens)
