"""Grades, and which reasons go with them: pure functions."""

from collections.abc import Collection

from app.errors import InvalidInput
from app.ratings.indicators import Indicators

GRADES = {1: "非常满意", 2: "满意", 3: "基本满意", 4: "不满意", 5: "非常不满意"}  # GB/T 39046 A.8
BAD = frozenset({4, 5})  # 国办发〔2019〕51号: the last two


def ensure_complete(indicators: Indicators, *, grade: int, reasons: Collection[str]) -> None:
    """Raises `InvalidInput` for a grade or reason that does not exist, and for a bad grade without any reason."""
    if grade not in GRADES:
        raise InvalidInput({"grade": "请从五个等级中选择"})
    if set(reasons) - indicators.of_grade(grade).keys():
        raise InvalidInput({"reasons": "评价指标已更新，请重新选择"})
    if grade in BAD and not reasons:
        raise InvalidInput({"reasons": "请至少选择一项原因，方便我们改进"})
