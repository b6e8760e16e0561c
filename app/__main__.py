"""`python -m app COMMAND`: serve, worker, migrate, seed, import-matters, import-workdays, staff-add, settings, errors,
openapi, keys.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial

import uvloop
from pydantic import ValidationError
from pydantic_settings import SettingsError

from app.city import city_of
from app.commands import database, describing, import_matters, import_workdays, refusing, serving, staff_add
from app.settings import Settings, faults_told

HELP = {
    "serve": "serve the pages and the API",
    "worker": "relay events and send notices, as a process of its own",
    "migrate": "bring the tables up to date",
    "seed": "load the city's data; safe to repeat",
    "demo-staff": "make demonstration sign-ins for a laptop",
    "demo-devices": "make links that pair a laptop's demonstration tablet and kiosk",
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
    import_matters.add_parser(commands)
    import_workdays.add_parser(commands)
    staff_add.add_parser(commands)
    chosen = parser.parse_args(arguments)
    if chosen.command == "settings":
        return describing.print_settings()
    if chosen.command == "errors":
        return describing.print_errors()
    try:
        settings = Settings()
    except (ValidationError, SettingsError) as exc:
        print(*faults_told(exc), sep="\n", file=sys.stderr)
        return 2
    return run(chosen, settings)


Run = Callable[[argparse.Namespace], Awaitable[int]]


def run(chosen: argparse.Namespace, settings: Settings) -> int:
    simple = {
        "migrate": database.migrate,
        "seed": database.seed,
        "demo-staff": database.demo_staff,
        "demo-devices": database.demo_devices,
    }
    if chosen.command == "worker":
        return uvloop.run(serving.work(settings))  # as the web app runs: it sends half as many again
    if chosen.command in simple:
        return asyncio.run(simple[chosen.command](settings))
    if chosen.command == "staff-add":
        return asyncio.run(database.with_database(settings, lambda: staff_add.run(chosen)))
    codes = city_of(settings.city).matter_codes
    imports: dict[str, Run] = {
        "import-matters": partial(import_matters.run, codes=codes),
        "import-workdays": import_workdays.run,
    }
    if command := imports.get(chosen.command):
        refuse = partial(refusing.refuse, as_json=chosen.json)
        return asyncio.run(database.with_database(settings, lambda: command(chosen), refuse=refuse))
    at_once = {"serve": serving.serve, "openapi": describing.print_openapi, "keys": describing.print_new_keys}
    return at_once[chosen.command](settings)


if __name__ == "__main__":
    sys.exit(main())
