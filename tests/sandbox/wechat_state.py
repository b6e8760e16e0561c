"""What WeChat knows: accounts, people, codes, tokens and which notices people have allowed."""

import base64
import hashlib
import hmac
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

MINI_PROGRAM, OFFICIAL_ACCOUNT = "wx0000000000000001", "wx0000000000000002"
PAGES = {"pages/index/index", "pages/web/index"}  # what the mini-program's app.json declares
ACCOUNTS = {MINI_PROGRAM: "sandbox-mini-program", OFFICIAL_ACCOUNT: "sandbox-official-account"}
MOBILES = {name: f"1380000000{no}" for no, name in enumerate(("zhang", "li", "wang", "chen"), 1)}
CODE_LIVES_S, TOKEN_LIVES_S, OVERLAP_S = 300, 7200, 300
FORCED_A_DAY, FORCED_APART_S = 20, 30


class Refused(Exception):
    """An answer with an errcode."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errcode, errmsg)
        self.errcode = errcode
        self.errmsg = errmsg


@dataclass
class Code:
    name: str
    kind: str
    expires_at: float
    is_used: bool = False


@dataclass
class Tokens:
    """The tokens of one account: valid ones with their ends, the newest last."""

    valid: dict[str, float] = field(default_factory=dict)
    forced: list[float] = field(default_factory=list)

    def stable(self, *, now: float, is_forced: bool) -> tuple[str, int]:
        """The token and its seconds left; the same one until 5 minutes before its end, unless forced."""
        self.valid = {token: end for token, end in self.valid.items() if end > now}
        if is_forced:
            self._count_force(now)
            self.valid.clear()
        token = next(reversed(self.valid), None)
        if token is None or self.valid[token] - now <= OVERLAP_S:
            token = "T_" + secrets.token_urlsafe(48)
            self.valid[token] = now + TOKEN_LIVES_S
        return token, int(self.valid[token] - now)

    def replaced(self, *, now: float) -> str:
        """A new token at once; those before it end within five minutes (the older `/cgi-bin/token`)."""
        self.valid = {token: min(end, now + OVERLAP_S) for token, end in self.valid.items() if end > now}
        token = "L_" + secrets.token_urlsafe(48)
        self.valid[token] = now + TOKEN_LIVES_S
        return token

    def _count_force(self, now: float) -> None:
        self.forced = [at for at in self.forced if at > now - 86400]
        if len(self.forced) >= FORCED_A_DAY or (self.forced and now - self.forced[-1] < FORCED_APART_S):
            raise Refused(45009, "reach max api daily quota limit")
        self.forced.append(now)


class State:
    """What WeChat remembers.

    `calls` counts the calls of each path; `skew_s` moves WeChat's clock; `snapshots`: codes of snapshot pages;
    `send_takes_s`: how long a sending takes to count; `sends_left`: of the day's quota, None without limit;
    `long_term`: templates of which one grant carries any number of messages (长期订阅).
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.skew_s = 0.0
        self.tokens = {appid: Tokens() for appid in ACCOUNTS}
        self.older_tokens = {appid: Tokens() for appid in ACCOUNTS}
        self.snapshots: set[str] = set()
        self.send_takes_s = 0.0
        self.sends_left: int | None = None
        self.long_term: set[str] = set()
        self._being_sent_to: set[str] = set()
        self._names: dict[str, str] = {}
        self._codes: dict[str, Code] = {}
        self._grants: Counter[tuple[str, str]] = Counter()

    def now(self) -> float:
        return time.time() + self.skew_s

    def check_account(self, appid: str, secret: str) -> None:
        if not appid:
            raise Refused(41002, "appid missing")
        if appid not in ACCOUNTS:
            raise Refused(40013, "invalid appid")
        if not secret:
            raise Refused(41004, "appsecret missing")
        if not hmac.compare_digest(secret.encode(), ACCOUNTS[appid].encode()):
            raise Refused(40125, "invalid appsecret")

    def check_token(self, token: str) -> None:
        if not token:
            raise Refused(41001, "access_token missing")
        kinds = (*self.tokens.values(), *self.older_tokens.values())
        ends = [tokens.valid[token] for tokens in kinds if token in tokens.valid]
        if not ends:
            raise Refused(40001, "invalid credential, access_token is invalid or not latest")
        if ends[0] <= self.now():
            raise Refused(42001, "access_token expired")

    def invalidate_tokens(self) -> None:
        """As when somebody else forces a refresh: every token handed out stops working."""
        for tokens in self.tokens.values():
            tokens.valid.clear()

    def openid(self, name: str, appid: str = MINI_PROGRAM) -> str:
        """The openid of the person of that name in one account: always the same, 28 characters as in life."""
        openid = "o" + _derived(f"{appid}:{name}")[:27]
        self._names[openid] = name
        return openid

    def name(self, openid: str) -> str:
        if openid not in self._names:
            raise Refused(40003, "invalid openid")
        return self._names[openid]

    def issue_code(self, name: str, kind: str) -> str:
        """A code of a kind (login, phone, web) that works once within 5 minutes."""
        code = "0" + secrets.token_urlsafe(24)
        self._codes[code] = Code(name, kind, self.now() + CODE_LIVES_S)
        return code

    def redeem(self, text: str, kind: str) -> str:
        """Whose code it is. `demo-<name>` logs that person in again and again."""
        if kind == "login" and text.startswith("demo-") and len(text) > len("demo-"):
            return text.removeprefix("demo-")
        code = self._codes.get(text)
        if code is None or code.kind != kind or code.expires_at <= self.now():
            raise Refused(40029, "invalid code")
        if code.is_used:
            raise Refused(40163, "code been used")
        code.is_used = True
        return code.name

    def grant(self, *, openid: str, template_id: str, n: int = 1) -> int:
        """The person allowed `n` more messages of a template. Returns how many are allowed now."""
        self._grants[openid, template_id] += n
        return self._grants[openid, template_id]

    def use_grant(self, *, openid: str, template_id: str) -> None:
        if self._grants[openid, template_id] <= 0:
            raise Refused(43101, "user refuse to accept the msg")
        if template_id not in self.long_term:
            self._grants[openid, template_id] -= 1

    def use_quota(self) -> None:
        if self.sends_left is not None:
            if self.sends_left <= 0:
                raise Refused(45009, "reach max api daily quota limit")
            self.sends_left -= 1

    @contextmanager
    def sending_to(self, openid: str) -> Iterator[None]:
        """While a message is under way to somebody, a second one to the same person is refused."""
        if openid in self._being_sent_to:
            raise Refused(43108, "concurrent send to one user")
        self._being_sent_to.add(openid)
        try:
            yield
        finally:
            self._being_sent_to.discard(openid)


def unionid(name: str) -> str:
    """The same in both accounts: they belong to one open platform."""
    return "o6_" + _derived(f"union:{name}")[:25]


def mobile(name: str) -> str:
    digits = int(hashlib.sha256(f"mobile:{name}".encode()).hexdigest(), 16) % 10**8
    return MOBILES.get(name, f"139{digits:08d}")


def _derived(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
