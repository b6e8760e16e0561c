"""The shipped set does not get worse; the protocol says what the engine says."""

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app import city
from chatbot import datasets, loading, measuring, protocol
from chatbot.__main__ import main
from chatbot.engine import acceptance, index, weights
from chatbot.engine.index import Faq
from chatbot.engine.reading import Language
from tests.chatbot.conftest import CITY

SET = Path(__file__).with_name("authored")
FAQS = [
    {"id": "a", "question": "居民身份证丢失后如何补领？", "answer": "带户口簿到派出所补领。", "category": "身份证"},
    {"id": "b", "question": "首次申请普通护照需要什么材料？", "answer": "带身份证到出入境窗口。", "category": "出入境"},
    {"id": "c", "question": "租房如何提取住房公积金？", "answer": "在网上提交租房合同。", "category": "公积金"},
]


@pytest.mark.parametrize(
    ("similar", "r1", "r3", "answered"), [(0, 0.845, 0.925, 0.25), (2, 0.82, 0.94, 0.25)], ids=["bare", "two similar"]
)
def test_the_shipped_set_stays_where_it_is(
    language: Language, similar: int, r1: float, r3: float, answered: float
) -> None:
    (source,) = datasets.load(SET)
    figures = measuring.measure(source, language, loading.fitted(), similar=similar)
    assert figures.r1 >= r1
    assert figures.r3 >= r3
    assert figures.answered >= answered
    assert figures.right is not None
    assert figures.right >= 0.98
    assert figures.far_answered == 0
    assert figures.auroc_far is not None
    assert figures.auroc_far >= 0.98


def test_the_command_speaks_the_protocol_and_survives_nonsense() -> None:
    lines = [
        json.dumps({"op": "rank", "query": "身份证"}),
        json.dumps({"op": "build", "faqs": FAQS}, ensure_ascii=False),
        json.dumps({"op": "rank", "query": "身份证掉了咋办", "top_k": 2}, ensure_ascii=False),
        "no JSON",
        json.dumps({"op": "rank"}),
        "[]",
        json.dumps({"op": "rank", "query": "🙂"}),
        json.dumps({"op": "build", "faqs": FAQS[1:]}, ensure_ascii=False),
        json.dumps({"op": "rank", "query": "身份证掉了咋办"}, ensure_ascii=False),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "chatbot", "eval", "--serve-stdin"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    empty, built, ranked, *bad, nothing, rebuilt, other = map(json.loads, done.stdout.splitlines())
    assert (empty, built, nothing, rebuilt) == ({"results": []}, {"ok": True}, {"results": []}, {"ok": True})
    assert [len(ranked["results"]), ranked["results"][0][0]] == [2, "a"]
    scores = [score for _, score in ranked["results"]]
    assert scores == sorted(scores, reverse=True)
    assert [list(answer) for answer in bad] == [["error"]] * 3
    assert "a" not in {faq_id for faq_id, _ in other["results"]}


def test_the_scores_of_the_protocol_are_those_of_the_engine(language: Language) -> None:
    lines = protocol.answers(
        [json.dumps({"op": "build", "faqs": FAQS}), json.dumps({"op": "rank", "query": "护照要带什么"})],
        language,
        loading.fitted(),
    )
    _, ranked = map(json.loads, lines)
    prepared = index.build([loading.from_line(item) for item in FAQS], language)
    assert ranked["results"] == [list(hit) for hit in protocol.results("护照要带什么", prepared, loading.fitted())]


def test_a_city_without_faqs_answers_nothing_and_one_faq_can_be_found(language: Language) -> None:
    assert protocol.results("身份证", index.build([], language), loading.fitted()) == []
    alone = index.build([Faq(id="1", question="护照怎么办", answer="去窗口")], language)
    assert protocol.results("护照咋弄", alone, loading.fitted())[0][0] == "1"


def test_similar_questions_are_taken_away_from_those_that_are_asked() -> None:
    (source,) = datasets.load(SET)
    given = datasets.with_similar(source, 2)
    taught = {text for faq in given.faqs for text in faq.similar}
    assert (len(given.queries), len(taught)) == (237, 158)
    assert not taught & {query.text for query in given.queries}


def test_figures_by_hand() -> None:
    assert measuring.auroc([0.9, 0.5], [0.5, 0.1]) == 0.875
    assert measuring.auroc([], [1.0]) is None
    assert measuring.percentile([3, 1, 2, 4], 50) == 2
    assert math.isnan(measuring.percentile([], 5))


def test_the_thresholds_divide_the_scale() -> None:
    certain = acceptance.Model({}, 40.0)
    never = acceptance.Model({}, -40.0)
    found = {"likeness": 0.5}
    assert acceptance.confidence(found, acceptance.Weights({}, certain, certain)) > acceptance.ANSWERED
    near = acceptance.confidence(found, acceptance.Weights({}, certain, never))
    assert acceptance.OFFERED < near < acceptance.ANSWERED
    assert acceptance.confidence(found, acceptance.Weights({}, never, never)) < 0.01
    assert acceptance.confidence({"likeness": 1.0}, acceptance.Weights({}, never, never)) == acceptance.WORD_FOR_WORD


def test_the_command_prints_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", str(SET)]) == 0
    head, line = capsys.readouterr().out.splitlines()
    assert head.split()[:5] == ["source", "faqs", "asked", "r1", "r3"]
    assert line.split()[:3] == ["auth_gov", "79", "395"]


def test_a_conversation_on_the_terminal_keeps_the_matter(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "换身份证", "要多少钱"]) == 0
    said = capsys.readouterr().out
    assert "来源：淮南市公安局" in said
    assert "补全为“换身份证要多少钱”" in said


def test_fitting_finds_weights_that_rank_what_it_was_shown(tmp_path: Path, language: Language) -> None:
    small = tmp_path / "set"
    small.mkdir()
    lines = (SET / "faqs.jsonl").read_text(encoding="utf-8").splitlines()[:20]
    ids = {json.loads(line)["id"] for line in lines}
    asked = [
        line
        for line in (SET / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        if json.loads(line)["relevant_ids"][0] in ids
    ]
    (small / "faqs.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (small / "queries.jsonl").write_text("\n".join(asked), encoding="utf-8")
    (small / "oos.jsonl").write_text((SET / "oos.jsonl").read_text(encoding="utf-8"), encoding="utf-8")
    out = tmp_path / "weights.json"
    assert main(["fit", str(small), "--out", str(out)]) == 0
    fitted = weights.from_json(json.loads(out.read_text(encoding="utf-8")))
    (source,) = datasets.load(small)
    figures = measuring.measure(source, language, fitted)
    assert figures.r1 >= 0.9
    assert figures.auroc_far is not None
    assert figures.auroc_far >= 0.97


def test_a_folder_without_questions_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"no file {tmp_path}/faqs.jsonl\n"


def test_the_city_of_the_settings_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another city says who answers for it, and nothing of Huainan's."""
    folder = tmp_path / "shizhen"
    shutil.copytree(CITY, folder, ignore=shutil.ignore_patterns("holidays"))
    asked = {"id": "SZ-1", "question": "石镇的庙会几号开始？", "answer": "每年三月初三。"}
    faq = json.loads((folder / "faqs.json").read_text(encoding="utf-8"))["items"][0] | asked
    faq |= {"similar_questions": [], "keywords": [], "matter_code": None}
    (folder / "faqs.json").write_text(json.dumps({"items": [faq]}, ensure_ascii=False), encoding="utf-8")
    monkeypatch.setattr(city, "CITIES", tmp_path)
    monkeypatch.setenv("ZHANGBAN_CITY", "shizhen")
    assert main(["ask", asked["question"], "换身份证要多少钱"]) == 0
    said = capsys.readouterr().out
    assert "答：每年三月初三。" in said
    assert "工本费20元" not in said


def test_a_city_that_does_not_exist_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZHANGBAN_CITY", "nowhere")
    assert main(["ask", "换身份证要多少钱"]) == 2
    assert capsys.readouterr().err.startswith("ZHANGBAN_CITY: no city.json in ")
