"""The two words that stand for all that content security finds."""

from dataclasses import dataclass

RISKY_WORD = "违禁"
DOUBTFUL_WORD = "可疑"


@dataclass(frozen=True)
class Judgement:
    """What content security makes of a text or a picture; `keyword` is the word that led to it."""

    suggest: str
    label: int
    keyword: str | None = None


PASS = Judgement("pass", 100)
OUTCOMES = {"pass": PASS, "review": Judgement("review", 21000), "risky": Judgement("risky", 20006)}


def judge(text: str) -> Judgement:
    if RISKY_WORD in text:
        return Judgement("risky", 20006, RISKY_WORD)
    if DOUBTFUL_WORD in text:
        return Judgement("review", 21000, DOUBTFUL_WORD)
    return PASS
