"""Guides: codes, mandatory items, versions, staleness, freshness for every channel."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInput, NotFound
from app.matters import queries
from app.matters.actions import change_status, mark_checked, save_guide
from app.matters.errors import ChangedMeanwhile
from app.matters.models import CANCELLED, SUSPENDED, Matter, Revision, Stamp
from app.matters.rules import ensure_code, is_stale
from app.matters.standard import ITEMS, missing_items
from app.outbox import RecordedEvent
from tests.factories import NOW
from tests.marks import on_both
from tests.matters.conftest import FOLDER
from tests.running import until

SAMPLE = json.loads((FOLDER / "matters.json").read_text(encoding="utf-8"))["items"][0]
CODES = [
    "340000000000GA0100012345",
    "1134040000000001924340709901000",
    "113404000000000192434070990100001",
    "1134040000000001924340709901000-0001",
]


@on_both
@pytest.mark.parametrize("code", CODES)
async def test_codes_of_24_31_33_and_36_characters_are_kept_unchanged(db: str, code: str) -> None:
    await save_guide(guide=SAMPLE | {"code": code}, seen_version=0, by="li", now=NOW)
    stored = await queries.matter(code)
    assert (stored.code, stored.guide["code"], len(code) in (24, 31, 33, 36)) == (code, code, True)


async def test_a_code_that_breaks_the_citys_pattern_is_a_fault_of_the_field(db: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await save_guide(
            guide=SAMPLE | {"code": "HN-GA-001"}, seen_version=0, by="li", now=NOW, code_pattern=r"[0-9A-Z]{31}"
        )
    assert list(refused.value.data["fields"]) == ["code"]
    assert await Matter.all().count() == 0


@pytest.mark.parametrize("code", ["", "a", "has space", "半角", "a/b", "-abc", "x" * 65, "ab\n"])
def test_codes_that_would_break_an_address_are_refused(code: str) -> None:
    with pytest.raises(InvalidInput):
        ensure_code(code)


async def test_a_sample_guide_comes_back_as_it_went_in(db: str) -> None:
    await save_guide(guide=SAMPLE, seen_version=0, by="li", now=NOW)
    assert (await queries.matter("HN-GA-001")).guide == SAMPLE


def test_a_whole_guide_has_the_64_items_and_misses_none() -> None:
    assert len(ITEMS) == 64
    assert missing_items(SAMPLE) == []


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"conditions": []}, ["受理条件"]),
        ({"name": "  "}, ["事项名称"]),
        ({"promised_limit": None}, ["承诺办结时限", "承诺办结时限单位"]),
        ({"materials": [{"name": "户口簿", "original_count": 1, "copy_count": 0}]}, ["材料必要性"]),
        ({"fee": {"is_fee": False, "pay_online": False}, "basic_code": ""}, ["基本编码"]),
    ],
)
def test_a_missing_mandatory_item_is_named(change: dict, names: list[str]) -> None:
    assert missing_items(SAMPLE | change) == names


async def test_a_guide_without_a_mandatory_item_is_refused_by_its_name(db: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await save_guide(guide=SAMPLE | {"legal_basis": []}, seen_version=0, by="li", now=NOW)
    assert refused.value.data["fields"] == {"guide": "缺少必填项：设定依据"}


@on_both
async def test_a_change_makes_a_version_and_the_old_guide_stays_readable(db: str) -> None:
    await save_guide(guide=SAMPLE, seen_version=0, by="li", now=NOW)
    await save_guide(guide=SAMPLE | {"notes": "改"}, seen_version=1, by="wang", now=NOW)
    assert (await queries.matter("HN-GA-001")).version == 2
    assert (await queries.guide_at("HN-GA-001", 1))["notes"] is None
    assert (await queries.guide_at("HN-GA-001", 2))["notes"] == "改"
    names = await RecordedEvent.all().order_by("id").values_list("name", flat=True)
    assert names == ["matters.matter_changed"] * 2


@on_both
async def test_two_editors_of_one_version_do_not_overwrite_each_other(db: str) -> None:
    await save_guide(guide=SAMPLE, seen_version=0, by="li", now=NOW)
    await save_guide(guide=SAMPLE | {"notes": "李"}, seen_version=1, by="li", now=NOW)
    for stale_version in (0, 1):
        with pytest.raises(ChangedMeanwhile):
            await save_guide(guide=SAMPLE | {"notes": "王"}, seen_version=stale_version, by="wang", now=NOW)
    matter = await queries.matter("HN-GA-001")
    assert (matter.version, matter.guide["notes"], await Revision.all().count()) == (2, "李", 2)


async def _finds(words: str, *codes: str) -> bool:
    return [hit.entry.code for hit in (await queries.search(words)).hits] == [*codes]


async def test_an_edit_is_found_and_a_cancelled_matter_is_gone_within_seconds(city: None) -> None:
    guide = (await Matter.get(code="HN-RS-001")).guide | {"aliases": ["月光宝盒卡"]}
    await save_guide(guide=guide, seen_version=1, by="li", now=NOW)
    await until(lambda: _finds("月光宝盒", "HN-RS-001"), seconds=5)
    await change_status(code="HN-RS-001", status=CANCELLED, by="li", now=NOW)
    await until(lambda: _finds("月光宝盒"), seconds=5)
    with pytest.raises(NotFound):
        await queries.matter("HN-RS-001")


async def test_a_suspended_matter_is_shown_but_cannot_be_booked(city: None) -> None:
    await change_status(code="HN-RS-001", status=SUSPENDED, by="li", now=NOW)
    matter = await queries.matter("HN-RS-001")
    assert (matter.status, matter.bookable) == ("suspended", False)
    hit = (await queries.search("社保卡")).hits[-1]
    assert (hit.entry.code, hit.entry.is_suspended, hit.entry.bookable) != ("HN-RS-001", False, True)


async def test_a_change_made_elsewhere_is_found_after_a_second(city: None) -> None:
    """Another process counts the stamp up; this one is told nothing and only sees the database."""
    await queries.search("社保卡")
    stamp = await Stamp.get(key="all")
    await Matter.filter(code="HN-RS-001").update(aliases=["青蛙卡"], stamp=stamp.value + 1)
    await Stamp.filter(key="all").update(value=stamp.value + 1)

    async def found() -> bool:
        return [hit.entry.code for hit in (await queries.search("青蛙卡")).hits] == ["HN-RS-001"]

    assert not await found()
    await until(found, seconds=5)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_a_guide_is_stale_from_the_180th_day(checked_on: date, age: int) -> None:
    assert is_stale(checked_on, today=checked_on + timedelta(days=age)) is (age >= 180)


async def test_the_stale_list_shows_what_nobody_checked_for_180_days(city: None) -> None:
    later = date(2026, 11, 23) + timedelta(days=180)
    assert await queries.stale(today=later - timedelta(days=1)) == []
    await mark_checked(code="HN-GA-001", seen_version=1, on=later)
    stale = await queries.stale(today=later)
    assert (len(stale), stale[0].code, stale[0].checked_on) == (102, "HN-BD-001", date(2026, 11, 23))
    assert len(await queries.stale(today=date(2026, 11, 25), days=2)) == 102


async def test_what_other_rooms_ask_of_a_matter(city: None) -> None:
    assert await queries.windows_of("HN-GA-001") == [("HALL-PCS", "HZ"), ("HALL-SZ", "HZ")]
    assert await queries.duration_min("HN-GA-001") == 15
    assert [entry.code for entry in await queries.hot(3)] == ["HN-GA-002", "HN-GA-003", "HN-GA-005"]
    assert await queries.names(["HN-GA-001", "nothing"]) == {"HN-GA-001": "居民身份证首次申领", "nothing": "nothing"}
    assert (await queries.name("HN-GA-001"), await queries.name("")) == ("居民身份证首次申领", "现场业务")
    assert await queries.listed(["HN-GA-001", "nothing"]) == {"HN-GA-001": "居民身份证首次申领"}
    themes = await queries.themes()
    assert (len(themes), themes[0].name, themes[0].count) == (32, "生育", 5)
    assert (await queries.life_events())[0].name == "新生儿出生"
