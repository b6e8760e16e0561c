"""A stand-in for WeChat at WeChat's own paths (wechat.md 2.1, 3.1, 3.5, 6.1, 11.1), with controls at `/_control`."""

import asyncio
import base64
import json
import secrets
import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from html import escape
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from sanic import HTTPResponse, Request, Sanic, html, redirect
from sanic import json as json_answer

from tests.sandbox.faults import install_faults
from tests.sandbox.messages import Messages, messages_of
from tests.sandbox.template_fields import REGISTERED, first_fault
from tests.sandbox.wechat_state import (
    MINI_PROGRAM,
    OFFICIAL_ACCOUNT,
    PAGES,
    TOKEN_LIVES_S,
    Refused,
    State,
    mobile,
    unionid,
)

Api = Callable[["WeChatApi", Request], Awaitable[dict[str, Any]]]


def mount(app: Sanic) -> State:
    """Add WeChat to an app. The returned state is what `/_control` works on, for tests in the same process."""
    state = State()
    api = WeChatApi(state, messages_of(app))
    install_faults(app)
    for method, path, act in ROUTES:
        app.add_route(answering(state, partial(act, api)), path, methods=[method], name=act.__name__)
    _add_web_authorisation(app, state)
    _add_controls(app, state)
    return state


class WeChatApi:
    def __init__(self, state: State, messages: Messages) -> None:
        self.state = state
        self.messages = messages

    async def stable_token(self, request: Request) -> dict[str, Any]:
        body = _body(request)
        _check_grant_type(str(body.get("grant_type", "")), "client_credential")
        appid = str(body.get("appid", ""))
        self.state.check_account(appid, str(body.get("secret", "")))
        is_forced = body.get("force_refresh") is True
        token, left_s = self.state.tokens[appid].stable(now=self.state.now(), is_forced=is_forced)
        return {"access_token": token, "expires_in": left_s}

    async def token(self, request: Request) -> dict[str, Any]:
        """The older way to a token (2.2): each call makes a new one, and the one before lives five minutes more."""
        appid = request.args.get("appid", "")
        self.state.check_account(appid, request.args.get("secret", ""))
        _check_grant_type(request.args.get("grant_type", ""), "client_credential")
        token = self.state.older_tokens[appid].replaced(now=self.state.now())
        return {"access_token": token, "expires_in": TOKEN_LIVES_S}

    async def jscode2session(self, request: Request) -> dict[str, Any]:
        self._check_caller(request, MINI_PROGRAM)
        name = self.state.redeem(request.args.get("js_code", ""), "login")
        session_key = base64.b64encode(secrets.token_bytes(16)).decode()
        return {"openid": self.state.openid(name), "session_key": session_key, "unionid": unionid(name)}

    async def web_access_token(self, request: Request) -> dict[str, Any]:
        self._check_caller(request, OFFICIAL_ACCOUNT)
        code = request.args.get("code", "")
        name = self.state.redeem(code, "web")
        # A snapshot page (wechat.md 11.1) has a virtual user: an openid of nobody.
        snapshot = {"is_snapshotuser": 1} if code in self.state.snapshots else {}
        return snapshot | {
            "access_token": "W_" + secrets.token_urlsafe(32),
            "expires_in": 7200,
            "refresh_token": "R_" + secrets.token_urlsafe(32),
            "openid": self.state.openid(name, OFFICIAL_ACCOUNT),
            "scope": "snsapi_base",
            "unionid": unionid(name),
        }

    async def getuserphonenumber(self, request: Request) -> dict[str, Any]:
        self.state.check_token(request.args.get("access_token", ""))
        number = mobile(self.state.redeem(str(_body(request).get("code", "")), "phone"))
        watermark = {"timestamp": int(self.state.now()), "appid": MINI_PROGRAM}
        info = {"phoneNumber": number, "purePhoneNumber": number, "countryCode": "86", "watermark": watermark}
        return {"errcode": 0, "errmsg": "ok", "phone_info": info}

    async def subscribe_send(self, request: Request) -> dict[str, Any]:
        self.state.check_token(request.args.get("access_token", ""))
        body = _body(request)
        openid, template_id = str(body.get("touser", "")), str(body.get("template_id", ""))
        name = self.state.name(openid)
        _check_message(template_id, str(body.get("page", "")), body.get("data"))
        with self.state.sending_to(openid):
            await asyncio.sleep(self.state.send_takes_s)
            self.state.use_quota()
            self.state.use_grant(openid=openid, template_id=template_id)
        template = REGISTERED.get(template_id)
        shown = {"title": template.title, "labels": template.labels} if template else {"title": template_id}
        message = {"name": name, "openid": openid, "template_id": template_id, **shown}
        seq = self.messages.record(**message, data=body["data"], page=body.get("page"))
        return {"errcode": 0, "errmsg": "ok", "msgid": 3_000_000_000_000_000_000 + seq}

    def _check_caller(self, request: Request, appid: str) -> None:
        """An account's appid and secret in the query. The other account's are as wrong as nobody's."""
        self.state.check_account(request.args.get("appid", ""), request.args.get("secret", ""))
        if request.args.get("appid") != appid:
            raise Refused(40013, "invalid appid")
        _check_grant_type(request.args.get("grant_type", ""), "authorization_code")


ROUTES: list[tuple[str, str, Api]] = [
    ("POST", "/cgi-bin/stable_token", WeChatApi.stable_token),
    ("GET", "/cgi-bin/token", WeChatApi.token),
    ("GET", "/sns/jscode2session", WeChatApi.jscode2session),
    ("GET", "/sns/oauth2/access_token", WeChatApi.web_access_token),
    ("POST", "/wxa/business/getuserphonenumber", WeChatApi.getuserphonenumber),
    ("POST", "/cgi-bin/message/subscribe/send", WeChatApi.subscribe_send),
]


def answering(state: State, act: Callable[[Request], Awaitable[dict[str, Any]]]) -> Callable[[Request], Any]:
    """A route with WeChat's way to refuse: 200 with an errcode."""

    async def handle(request: Request) -> HTTPResponse:
        state.calls[request.path] += 1
        try:
            return json_answer(await act(request), ensure_ascii=False)
        except Refused as exc:
            return json_answer({"errcode": exc.errcode, "errmsg": f"{exc.errmsg} rid: {uuid.uuid4()}"})

    return handle


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        raise Refused(47001, "data format error") from None
    if not isinstance(body, dict):
        raise Refused(47001, "data format error")
    return body


def _check_grant_type(given: str, needed: str) -> None:
    if given != needed:
        raise Refused(40002, "invalid grant_type")


def _check_message(template_id: str, page: str, data: Any) -> None:
    if not template_id:
        raise Refused(40037, "template_id is invalid")
    if page and (page.partition("?")[0] not in PAGES or len(page) > 1024):
        raise Refused(41030, "invalid page")
    if fault := first_fault(data, template_id):
        raise Refused(47003, f"argument invalid! {fault} invalid")


CONSENT_PAGE = """<!doctype html><html lang="zh-CN"><meta name="viewport" content="width=device-width">
<title>微信授权</title><p>淮南政务服务 申请获得你的昵称、头像</p>
<p><a href="{allow}">允许</a> <a href="javascript:history.back()">拒绝</a></p></html>"""


def _add_web_authorisation(app: Sanic, state: State) -> None:
    @app.get("/connect/oauth2/authorize")
    async def authorize(request: Request) -> HTTPResponse:
        """WeChat's page: back at once with a code for scope snsapi_base; snsapi_userinfo asks the person first."""
        arguments = request.args
        back = arguments.get("redirect_uri", "")
        if arguments.get("appid") != OFFICIAL_ACCOUNT or arguments.get("response_type") != "code":
            return html("<p>参数错误：appid 或 response_type</p>", status=400)
        if urlsplit(back).scheme not in ("http", "https"):
            return html("<p>redirect_uri 域名与后台配置不一致</p>", status=400)
        if arguments.get("scope") == "snsapi_userinfo" and arguments.get("allowed") != "1":
            return html(CONSENT_PAGE.format(allow=escape(_with_query(request.url, allowed="1"))))
        name = unquote(request.cookies.get("sandbox_citizen") or "zhang")
        code = state.issue_code(name, "web")
        if request.cookies.get("sandbox_snapshot") == "1":
            state.snapshots.add(code)
        return redirect(_with_query(back, code=code, state=arguments.get("state", "")))


def _with_query(url: str, **more: str) -> str:
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()], quote_via=quote)
    return urlunsplit(parts._replace(query=query))


def _add_controls(app: Sanic, state: State) -> None:
    @app.route("/_control/<kind:login-code|phone-code>", methods=["GET", "POST"], name="issue_code")
    async def issue_code(request: Request, kind: str) -> HTTPResponse:
        name = request.args.get("name", "")
        if not name:
            return json_answer({"error": "name is missing"}, status=400)
        return json_answer({"code": state.issue_code(name, kind.removesuffix("-code"))})

    @app.post("/_control/grant")
    async def grant(request: Request) -> HTTPResponse:
        body = request.json
        openid = body.get("openid") or state.openid(body["name"])
        return json_answer({"granted": state.grant(openid=openid, template_id=body["templateId"], n=body.get("n", 1))})

    @app.post("/_control/wechat")
    async def adjust(request: Request) -> HTTPResponse:
        """`sendTakesS`: seconds until a sending counts; `sendsLeft`: of the day's quota; `longTerm`: template ids;
        `skewS`: how far WeChat's clock is ahead of the machine's.
        """
        body = request.json
        state.send_takes_s = float(body.get("sendTakesS", state.send_takes_s))
        state.sends_left = body.get("sendsLeft", state.sends_left)
        state.skew_s = float(body.get("skewS", state.skew_s))
        state.long_term = set(body.get("longTerm", state.long_term))
        return json_answer({})

    @app.post("/_control/invalidate-tokens")
    async def invalidate_tokens(request: Request) -> HTTPResponse:
        state.invalidate_tokens()
        return json_answer({})
