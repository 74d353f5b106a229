"""What the value of a subscribe message's field may be: the prefix of its name is its type.

Source: mini-program, subscribeMessage.send, "parameter value limits".
"""

import re
from collections.abc import Mapping
from typing import Any

CHINESE = "[\u3400-\u9fff]"
DAY = "[0-9]{4}(年[0-9]{1,2}月[0-9]{1,2}日|[-/.][0-9]{1,2}[-/.][0-9]{1,2})"
HOUR = "([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
TIME = f"({DAY} ?)?{HOUR}"
DATE = f"{DAY}( ?{HOUR})?"
FIELD = re.compile(r"([a-z_]+?)[0-9]+")

TYPES = {
    "thing": ".{1,20}",
    "number": r"-?(?!(\.?[0-9]){33})[0-9]+(\.[0-9]+)?",
    "letter": "[A-Za-z]{1,32}",
    "symbol": rf"((?!{CHINESE})[\W_]){{1,5}}",
    "character_string": r"[\x21-\x7e][\x20-\x7e]{0,31}",
    "time": f"{TIME}( ?~ ?{TIME})?",
    "date": f"{DATE}( ?~ ?{DATE})?",
    "amount": r"[¥￥$€£]?[0-9]{1,10}(\.[0-9]+)?元?",
    "phone_number": "[0-9+-]{1,17}",
    "car_number": ".{1,8}",
    "name": rf"(?!.*\d)(?:(?=.*{CHINESE}).{{1,10}}|(?!.*{CHINESE}).{{1,20}})",
    "phrase": f"{CHINESE}{{1,5}}",
    "enum": ".+",
}


def unfit_field(data: Mapping[str, Any]) -> str | None:
    """Return the name of the first field whose value its type does not allow; None when all are right."""
    return next((name for name, value in data.items() if not _fits(name, value)), None)


def _fits(name: str, field: Any) -> bool:
    named = FIELD.fullmatch(name)
    pattern = TYPES.get(named[1]) if named else None
    value = field.get("value") if isinstance(field, dict) else None
    if pattern is None or not isinstance(value, str):
        return False
    return re.fullmatch(pattern, value, re.DOTALL) is not None
