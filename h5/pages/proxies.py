"""请人代取: the owner names somebody, forwards a link, takes it back; whoever has the link sees a code."""

import asyncio
from urllib.parse import quote

from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.citizens.rules import masked_name
from app.errors import AppError, NotFound
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.fields import IdTail, PersonName
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.pickup import naming, proxies, queries
from app.pickup.rules import PROXY_LIFE
from app.pickup.states import State
from h5.face import face, qr_svg, render
from h5.pages.pickups import PickupCode
from h5.signed_in import caller_of

pages = Blueprint("h5_proxies")

STATES = {"active": "委托有效", "revoked": "已撤销", "used": "已代领", "expired": "已过期"}


class ProxyForm(Form):
    name: PersonName
    tail: IdTail


@pages.get("/pickups/<code:str>/proxy")
@face.page(caller=True)
async def ask(request: AppRequest, code: str) -> HTTPResponse:
    """Who may take it for me: the form, or the naming that holds with its link."""
    return await _show(request, code)


async def _show(request: AppRequest, code: str, *, refusal: AppError | None = None) -> HTTPResponse:
    citizen_id, now = caller_of(request).id, clock.now()
    pickup = await queries.pickup(code, citizen_id=citizen_id)
    named = await proxies.proxy_of(pickup_code=code, citizen_id=citizen_id, now=now)
    return render(
        request, "proxy.html", status=refusal.status if refusal else 200, code=code,
        title=await naming.title(pickup),
        named=named, states=STATES, link=link_of(request, named.secret) if named else "",
        can_name=pickup.state == State.READY, days=PROXY_LIFE.days, form=typed(request) if refusal else {},
        fault=refusal.text if refusal else "", faults=refusal.data.get("fields", {}) if refusal else {},
    )  # fmt: skip


@pages.post("/pickups/<code:str>/proxy")
@face.page(caller=True)
async def name(request: AppRequest, code: str) -> HTTPResponse:
    """Name somebody."""
    try:
        form = read_form(request, ProxyForm)
        await proxies.name_proxy(
            pickup_code=code, citizen_id=caller_of(request).id, name=form.name, tail=form.tail, now=clock.now()
        )
    except NotFound:
        raise
    except AppError as refusal:
        return await _show(request, code, refusal=refusal)
    return redirect(f"/h5/pickups/{code}/proxy", status=303)


@pages.post("/pickups/<code:str>/proxy/revoke")
@face.page(caller=True)
async def revoke(request: AppRequest, code: str) -> HTTPResponse:
    """Take it back at once."""
    await proxies.revoke(pickup_code=code, citizen_id=caller_of(request).id, now=clock.now())
    return redirect(f"/h5/pickups/{code}/proxy", status=303)


@pages.get("/proxy")
@face.page()
async def by_link(request: AppRequest) -> HTTPResponse:
    """The page behind the link: for what I go, where, until when, and the code of sixty seconds. No signing in."""
    secret = _secret(request)
    named, pickup = await proxies.by_secret(secret)
    return render(
        request, "proxy_code.html", title=await naming.title(pickup),
        hall=await halls.hall(pickup.hall_code),
        shown=await _code(secret), things=pickup.items, name=masked_name(proxies.name_of(named)),
        expires_at=named.expires_at, live=f"/h5/proxy/now?k={quote(secret)}", back=_back(secret),
    )  # fmt: skip


@pages.get("/proxy/now")
@face.page()
async def renewed(request: AppRequest) -> HTTPResponse:
    """The code alone, for a page that is open."""
    secret = _secret(request)
    return render(request, "pickup_code.html", shown=await _code(secret), back=_back(secret))


def link_of(request: AppRequest, secret: str) -> str:
    """In the query, because the paths of requests are logged and queries are not."""
    return request.app.ctx.settings.public_url + _back(secret)


def _back(secret: str) -> str:
    return f"/h5/proxy?k={quote(secret)}"


def _secret(request: AppRequest) -> str:
    return (request.args.get("k") or "")[:64]


async def _code(secret: str) -> PickupCode:
    try:
        shown = await proxies.show_code(secret=secret, now=clock.now())
    except NotFound:
        raise
    except AppError as refusal:
        return PickupCode(refusal=refusal.text)
    return PickupCode(svg=await asyncio.to_thread(qr_svg, shown.text), digits=shown.digits, asks=shown.asks)
