"""The names of provinces: 新疆 and 新疆维吾尔自治区 are one."""

from __future__ import annotations

import unicodedata

_SHORT_NAMES = frozenset(
    {
        *("北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江"),
        *("江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北", "湖南"),
        *("广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾"),
        *("内蒙古", "广西", "西藏", "宁夏", "新疆", "香港", "澳门"),
    }
)
_ENDINGS = ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市", "")
MOST_PROVINCES = len(_SHORT_NAMES)


def province_of(text: str) -> str | None:
    """Returns the short name of the province that is written there, in any of its usual forms; None if it is none."""
    written = "".join(unicodedata.normalize("NFKC", text).split())
    return next((name for name in map(written.removesuffix, _ENDINGS) if name in _SHORT_NAMES), None)
