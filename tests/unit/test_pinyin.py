"""What may be typed to find a name in pinyin."""

from __future__ import annotations

import subprocess
import sys

import pytest

from src.utils.heteronyms import SECOND_READINGS
from src.utils.pinyin import PINYIN_LENGTH, pinyin_tokens, typed_pinyin


@pytest.mark.parametrize(
    ("keyword", "typed"),
    [
        ("w", None),
        ("茶", None),
        ("wu龙", None),
        ("250", None),
        ("é", None),
        ("..", None),
        ("wl", "wl"),
        ("Wu Long", "wulong"),
        ("ｗｌ", "wl"),
        ("Nǚ zhuang", "nvzhuang"),
        ("nüzhuang", "nvzhuang"),
        ("xi'an", "xian"),
        ("t250", "t250"),
        ("^w.*l$", "wl"),
        ("gaoshanwulongchaye", "gaoshanwulongcha"),
    ],
)
def test_what_is_no_pinyin_is_not_looked_for(keyword: str, typed: str | None) -> None:
    assert typed_pinyin(keyword) == typed


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("", []),
        ("Oolong 250g", []),
        ("好评👍茶", ["cha", "haopingcha", "hpc", "pc", "pingcha"]),
        ("绿茶", ["cha", "lc", "lucha", "lvcha"]),
        ("女裙", ["nq", "nuqun", "nvqun", "qun"]),
        ("略图", ["lt", "luetu", "lvetu", "tu"]),
        ("T恤", ["txu", "xu"]),
        ("乌龙250g", ["l250g", "long250g", "wl250g", "wulong250g"]),
        ("重庆", ["chongqing", "cq", "qing", "zhongqing", "zq"]),
    ],
)
def test_names_are_typed_in_full_and_by_initials_from_each_character_on(name: str, tokens: list[str]) -> None:
    found = pinyin_tokens(name)
    assert [token for token in found if len(token) > 1] == sorted(t for t in tokens if not _begins(t, tokens))


def _begins(token: str, tokens: list[str]) -> bool:
    return any(other != token and other.startswith(token) for other in tokens)


def test_labels_are_typed_from_their_beginning() -> None:
    assert pinyin_tokens("", ["华为"]) == ["huawei", "hw"]


def test_tokens_are_bounded_in_length_and_number() -> None:
    tokens = pinyin_tokens("重行长乐调藏" * 16)
    assert max(map(len, tokens)) == PINYIN_LENGTH
    assert len(tokens) < 96 * 16
    assert len(pinyin_tokens("a茶" * 100)) < 200 * 2


def test_second_readings_are_of_one_character_each() -> None:
    assert all(len(character) == 1 and reading.isalpha() for character, reading in SECOND_READINGS.items())
    assert len(SECOND_READINGS) > 100


def test_a_process_that_writes_no_products_does_not_load_the_dictionary() -> None:
    script = "import sys, src.app, src.worker_app; print('pypinyin' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "False"


def test_the_dictionary_of_phrases_is_never_loaded() -> None:
    script = (
        "import sys; from src.utils.pinyin import pinyin_tokens; pinyin_tokens('茶'); "
        "from pypinyin.constants import PHRASES_DICT; print(len(PHRASES_DICT))"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "0"
