"""How the console says things."""

from admin.face import details


def test_the_details_of_an_audit_row_are_words_and_leave_out_what_says_nothing() -> None:
    assert details({"on": "2026-11-25", "group": "", "count": 0}) == "日期 2026-11-25，共 0"
    assert details({"items": [{"name": "身份证", "count": 1}, {"name": "凭证", "count": 2}]}) == (
        "物品 （名称 身份证，共 1）、（名称 凭证，共 2）"
    )
    assert details({"before": {"roles": ["clerk", "admin"], "hall_codes": []}, "after": {}}) == (
        "原为 （角色 窗口人员、系统管理员）"
    )
    assert details({"state": "ready", "accepted": True, "first": "2026-11-25", "page": 1}) == (
        "状态 待领取，同意 是，从 2026-11-25，第几页 1"
    )
