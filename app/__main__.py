"""`python -m app COMMAND`: serve, worker, migrate, seed, import-matters, settings, errors, openapi, keys."""

import argparse
import asyncio
import sys

from pydantic import ValidationError

from app.commands import database, describing, serving
from app.settings import Settings

HELP = {
    "serve": "serve the pages and the API",
    "worker": "relay events and send notices, as a process of its own",
    "migrate": "bring the tables up to date",
    "seed": "load the city's data; safe to repeat",
    "settings": "print the table of settings",
    "errors": "print the catalogue of refusals",
    "openapi": "print the OpenAPI document",
    "keys": "make the keys file of this installation",
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m app", description="Zhangban 掌办")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in HELP.items():
        commands.add_parser(name, help=text)
    chosen = parser.parse_args(arguments)
    if chosen.command == "settings":
        return describing.print_settings()
    if chosen.command == "errors":
        return describing.print_errors()
    try:
        settings = Settings()
    except ValidationError as exc:
        print(exc, file=sys.stderr)
        return 2
    return run(chosen, settings)


def run(chosen: argparse.Namespace, settings: Settings) -> int:
    match chosen.command:
        case "serve":
            return serving.serve(settings)
        case "worker":
            return asyncio.run(serving.work(settings))
        case "migrate":
            return asyncio.run(database.migrate(settings))
        case "seed":
            return asyncio.run(database.seed(settings))
        case "openapi":
            return describing.print_openapi(settings)
        case _:
            return describing.print_new_keys(settings)


if __name__ == "__main__":
    sys.exit(main())
