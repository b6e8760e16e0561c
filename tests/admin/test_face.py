"""How the console says things."""

from admin.face import details


def test_the_details_of_an_audit_row_are_words_and_leave_out_what_says_nothing() -> None:
    assert details({"on": "2026-11-25", "group": "", "count": 0}) == "on 2026-11-25，count 0"
    assert details({"items": [{"name": "身份证", "count": 1}, {"name": "凭证", "count": 2}]}) == (
        "items （name 身份证，count 1）、（name 凭证，count 2）"
    )
    assert details({"before": {"roles": ["clerk", "admin"], "hall_codes": []}, "after": {}}) == (
        "before （roles clerk、admin）"
    )
