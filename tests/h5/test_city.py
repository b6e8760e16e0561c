"""Another city brings its folder, and every page speaks of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from app import city
from app.city import CITIES, city_of
from app.settings import Settings
from tests.city import Doors
from tests.h5.visitor import visiting

SHIZHEN = {
    "name": "石镇",
    "full_name": "石镇市",
    "service": "石镇政务",
    "organiser": "石镇市行政审批局",
    "filing": "石ICP备00000000号",
    "main_hall": "HALL-0402",
    "chat": {"hours": [["09:00", "17:00"]], "questions": []},
    "bounds": {"west": 116.0, "south": 31.0, "east": 118.0, "north": 34.0},
}


@pytest.fixture
def shizhen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The product runs for another city; its database is Huainan's."""
    (tmp_path / "cities" / "shizhen").mkdir(parents=True)
    (tmp_path / "cities" / "shizhen" / "city.json").write_text(json.dumps(SHIZHEN), encoding="utf-8")
    monkeypatch.setattr(city, "CITIES", tmp_path / "cities")
    monkeypatch.setenv("ZHANGBAN_CITY", "shizhen")
    city_of.cache_clear()
    yield
    city_of.cache_clear()


async def test_every_face_names_the_city_that_it_serves(shizhen: None, doors: Doors) -> None:
    async with visiting(doors) as visitor:
        home = await visitor.get("/h5/")
        assert (home.status, "/h5/halls/HALL-0402/live" in home.text) == (200, True)
        assert "<title>首页 · 石镇政务</title>" in home.text
        for words in ("掌办 · 石镇", "主办：石镇市行政审批局", "石ICP备00000000号"):
            assert words in home.words
        assert "石镇市政务服务" in (await visitor.get("/h5/display")).words
        assert "石镇市政务服务 · 工作人员入口" in (await visitor.get("/admin/sign-in")).words
        assert json.loads((await visitor.get("/openapi.json")).text)["info"]["title"] == "掌办 · 石镇政务"
        for page in (home, await visitor.get("/h5/themes"), await visitor.get("/admin/sign-in")):
            assert "淮南" not in page.words.replace("淮南市政务服务中心", "")


def test_a_city_without_a_file_is_refused_at_the_start_and_says_where_it_looked() -> None:
    with pytest.raises(ValidationError, match=r"no city\.json in .*/cities/nowhere"):
        Settings(city="nowhere")


@pytest.mark.parametrize("place", [path.parent for path in CITIES.glob("*/city.json")], ids=lambda path: path.name)
def test_the_main_hall_of_a_city_is_one_of_its_halls(place: Path) -> None:
    halls = json.loads((place / "halls.json").read_text(encoding="utf-8"))
    assert city_of(place.name).main_hall in {hall["code"] for hall in halls["items"]}
