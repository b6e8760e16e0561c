from pathlib import Path

import app.cities.huainan
from app.matters import live, queries
from app.matters.actions import save_guide
from app.matters.models import Matter, Revision, Synonym, Theme
from app.matters.seed import load_seed
from tests.factories import NOW
from tests.marks import on_both

FOLDER = Path(app.cities.huainan.__file__).parent


@on_both
async def test_the_citys_matters_are_loaded_once_however_often(db: str) -> None:
    assert await load_seed(folder=FOLDER, now=NOW) == 103 + 32 + 14 + 153
    assert await load_seed(folder=FOLDER, now=NOW) == 0
    counts = [await model.all().count() for model in (Matter, Revision, Theme, Synonym)]
    assert counts == [103, 103, 32, 153]


async def test_what_staff_have_changed_survives_another_seed(db: str) -> None:
    await load_seed(folder=FOLDER, now=NOW)
    guide = (await Matter.get(code="HN-RS-001")).guide | {"notes": "窗口告知"}
    await save_guide(guide=guide, seen_version=1, by="li", now=NOW)
    assert await load_seed(folder=FOLDER, now=NOW) == 0
    matter = await queries.matter("HN-RS-001")
    assert (matter.version, matter.guide["notes"]) == (2, "窗口告知")


async def test_the_first_search_after_the_seed_finds_the_card(db: str) -> None:
    await load_seed(folder=FOLDER, now=NOW)
    await live.refresh()
    found = await queries.search("sbk")
    assert [hit.entry.code for hit in found.hits[:2]] == ["HN-RS-001", "HN-RS-002"]
