"""Grades, and which reasons go with them: pure functions."""

from collections.abc import Collection, Mapping

from app.errors import InvalidInput
from app.ratings.indicators import Indicators

GRADES = {1: "非常满意", 2: "满意", 3: "基本满意", 4: "不满意", 5: "非常不满意"}  # GB/T 39046 A.8
BAD = frozenset({4, 5})  # 国办发〔2019〕51号: the last two


GOOD = tuple(name for grade, name in GRADES.items() if grade not in BAD)


def good_share(by_grade: Mapping[int, int]) -> float | None:
    """好评率: ratings that are not bad, of all ratings by grade; None when nobody rated."""
    rated = sum(by_grade.values())
    return (rated - sum(by_grade.get(grade, 0) for grade in BAD)) / rated if rated else None


def ensure_complete(indicators: Indicators, *, grade: int, reasons: Collection[str]) -> None:
    """Raises `InvalidInput` for a grade or reason that does not exist, and for a bad grade without any reason."""
    if grade not in GRADES:
        raise InvalidInput({"grade": "请从五个等级中选择"})
    if set(reasons) - indicators.of_grade(grade).keys():
        raise InvalidInput({"reasons": "评价指标已更新，请重新选择"})
    if grade in BAD and not reasons:
        raise InvalidInput({"reasons": "请至少选择一项原因，方便我们改进"})
