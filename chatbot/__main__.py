"""`python -m chatbot COMMAND`: ask, eval, fit."""

import argparse
import json
import sys
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import SettingsError

from app.city import folder_of
from app.settings import Settings, faults_told
from chatbot import datasets, fitting, loading, measuring, protocol
from chatbot.engine import memory
from chatbot.engine import weights as weighing
from chatbot.engine.answering import answer
from chatbot.showing import shown


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m chatbot", description="Zhangban 掌办: the consulting bot")
    commands = parser.add_subparsers(dest="command", required=True)
    ask = commands.add_parser("ask", help="answer with the trace; several questions are a conversation")
    ask.add_argument("questions", nargs="+", metavar="QUESTION")
    measure = commands.add_parser("eval", help="measure the engine on a data set")
    measure.add_argument("folder", nargs="?", type=Path, metavar="DIR")
    measure.add_argument("--similar", type=int, default=0, help="similar questions given to each FAQ")
    measure.add_argument("--serve-stdin", action="store_true", help="speak the measuring script's protocol")
    fit = commands.add_parser("fit", help="fit the weights to data sets and the city's own FAQs")
    fit.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    fit.add_argument("--out", type=Path, required=True, metavar="FILE")
    chosen = parser.parse_args(arguments)
    if chosen.command == "eval" and chosen.folder is None and not chosen.serve_stdin:
        measure.error("DIR or --serve-stdin is needed")
    try:
        city = folder_of(Settings().city)
    except (ValidationError, SettingsError) as exc:
        print(*faults_told(exc), sep="\n", file=sys.stderr)
        return 2
    try:
        return run(chosen, city)
    except FileNotFoundError as exc:
        print(f"no file {exc.filename}", file=sys.stderr)
        return 2


def run(chosen: argparse.Namespace, city: Path) -> int:
    if chosen.command == "ask":
        return ask_all(chosen.questions, city)
    if chosen.command == "fit":
        return fit_to(chosen.folders, chosen.out, city)
    if chosen.serve_stdin:
        return serve(city)
    return evaluate(chosen.folder, chosen.similar, city)


def ask_all(questions: list[str], city: Path) -> int:
    brain, remembered = loading.brain(city, loading.language(city)), memory.FRESH
    for question in questions:
        reply = answer(question, brain, remembered)
        print(shown(question, reply))
        remembered = reply.memory
    return 0


def evaluate(folder: Path, similar: int, city: Path) -> int:
    sources = datasets.load(folder)
    language, weights = loading.language(city), loading.fitted()
    print(measuring.table([measuring.measure(source, language, weights, similar=similar) for source in sources]))
    return 0


def serve(city: Path) -> int:
    for line in protocol.answers(sys.stdin, loading.language(city), loading.fitted()):
        print(line, flush=True)
    return 0


def fit_to(folders: list[Path], out: Path, city: Path) -> int:
    """Guides are left out: nobody has asked them anything; their similar questions are names."""
    sources = [source for folder in folders for source in datasets.load(folder)]
    own = [faq for faq in loading.faqs(city) if not faq.is_guide]
    fitted = fitting.fit([*sources, datasets.of_faqs("city", own)], loading.language(city))
    out.write_text(json.dumps(weighing.to_json(fitted), indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
