"""How the pages look: 长辈版, size of text, light or dark. Chosen by links, which work without script."""

from sanic import Blueprint, HTTPResponse, redirect

from app.http.context import AppRequest
from app.http.pages import safe_path, set_cookie
from h5.face import ELDER, LOOKS, face

pages = Blueprint("h5_look")

A_YEAR = 365 * 24 * 3600


@pages.get("/look")
@face.page()
async def look(request: AppRequest) -> HTTPResponse:
    """Keep what was chosen, and come back to the page one was on."""
    response = redirect(safe_path(request.args.get("next"), "/h5/"), status=303)
    if (elder := request.args.get("elder")) in ("0", "1"):
        set_cookie(request, response, ELDER, elder, max_age_s=A_YEAR)
    for cookie, values in LOOKS.items():
        value = request.args.get(cookie.removeprefix("zb_"))
        if value == "usual" or value in values:
            set_cookie(request, response, cookie, "" if value == "usual" else value, max_age_s=A_YEAR)
    return response
