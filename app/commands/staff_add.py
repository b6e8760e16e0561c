"""`staff-add`: an account from the terminal, such as production's first administrator."""

import argparse
import re
import sys
from typing import Any

from app import clock
from app.errors import AppError
from app.staff import actions
from app.staff.by import SYSTEM
from app.staff.passwords import first_password
from app.staff.rules import ALL_HALLS, ROLE_NAMES, USERNAME, Role

OK, REFUSED = 0, 1


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("staff-add", help="add a staff account; prints its one-time first password")
    parser.add_argument("--login", required=True, type=_login, help="3 to 32 of a-z 0-9 . _ -, a letter first")
    parser.add_argument("--name", required=True, type=_name, help="as others read it, 1 to 32 characters")
    parser.add_argument("--role", required=True, action="append", choices=[str(role) for role in Role], dest="roles")
    parser.add_argument("--hall", action="append", dest="halls", help="code of a hall; all halls without it")


def _login(text: str) -> str:
    if not re.fullmatch(USERNAME, text):
        raise argparse.ArgumentTypeError("账号须以小写字母开头，由 3 至 32 个小写字母、数字或 . _ - 组成")
    return text


def _name(text: str) -> str:
    name = text.strip()
    if not (1 <= len(name) <= 32 and name.isprintable()):
        raise argparse.ArgumentTypeError("姓名须为 1 至 32 个字符")
    return name


async def run(args: argparse.Namespace) -> int:
    """Add the account and print its first password, once. The database is open. Returns the exit code."""
    password, roles = first_password(), [Role(role) for role in args.roles]
    try:
        await actions.add_staff(
            by=SYSTEM,
            username=args.login,
            name=args.name,
            roles=roles,
            hall_codes=args.halls or [ALL_HALLS],
            password=password,
            now=clock.now(),
        )
    except AppError as refusal:
        print(refusal.text, file=sys.stderr)
        return REFUSED
    print(f"已新增账号 {args.login}（{args.name}，{'、'.join(ROLE_NAMES[role] for role in roles)}）")
    print(f"初始密码：{password}")
    print("密码只显示这一次，首次登录时须修改。请当面交给本人，并清除终端记录。")
    return OK
