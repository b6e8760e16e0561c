"""邮寄到家: the address for a result nobody could come for."""

from sanic import Blueprint, HTTPResponse, redirect

from app import clock
from app.errors import AppError, NotFound
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.fields import Mobile, PersonName, PostalAddress
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.pickup import courier, naming, queries
from app.pickup.courier import Address
from app.pickup.states import State
from h5.face import face, render
from h5.signed_in import caller_of

pages = Blueprint("h5_courier")


class AddressForm(Form):
    name: PersonName
    mobile: Mobile
    address: PostalAddress


@pages.get("/pickups/<code:str>/courier")
@face.page(caller=True)
async def ask(request: AppRequest, code: str) -> HTTPResponse:
    """The form, or that it has been asked for."""
    return await _show(request, code)


async def _show(request: AppRequest, code: str, *, refusal: AppError | None = None) -> HTTPResponse:
    pickup = await queries.pickup(code, citizen_id=caller_of(request).id)
    return render(
        request, "courier.html", status=refusal.status if refusal else 200, code=code,
        title=await naming.title(pickup), hall=await halls.hall(pickup.hall_code),
        is_asked=pickup.state == State.COURIER_ASKED, form=typed(request) if refusal else {},
        is_offered=pickup.state == State.READY and pickup.archive_on is not None,
        fault=refusal.text if refusal else "", faults=refusal.data.get("fields", {}) if refusal else {},
    )  # fmt: skip


@pages.post("/pickups/<code:str>/courier")
@face.page(caller=True)
async def send(request: AppRequest, code: str) -> HTTPResponse:
    """Have it sent there."""
    try:
        form = read_form(request, AddressForm)
        to = Address(name=form.name, mobile=form.mobile, address=form.address)
        await courier.ask(pickup_code=code, citizen_id=caller_of(request).id, to=to, now=clock.now())
    except NotFound:
        raise
    except AppError as refusal:
        return await _show(request, code, refusal=refusal)
    return redirect(f"/h5/pickups/{code}/courier", status=303)


@pages.post("/pickups/<code:str>/courier/withdraw")
@face.page(caller=True)
async def withdraw(request: AppRequest, code: str) -> HTTPResponse:
    """I come for it after all."""
    await courier.keep_here(pickup_code=code, citizen_id=caller_of(request).id, now=clock.now())
    return redirect(f"/h5/pickups/{code}", status=303)
