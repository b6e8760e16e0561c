"""Files that people handed in, as answers: never kept by a cache, never run by a browser."""

from sanic import HTTPResponse, raw

GUARDED = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
}


def handed_out(kind: str, content: bytes) -> HTTPResponse:
    """A picture, which was written anew, is shown; a voice is as it came, so it is only given to be saved."""
    if kind == "picture":
        return raw(content, headers=GUARDED, content_type="image/jpeg")
    headers = {**GUARDED, "content-disposition": 'attachment; filename="voice.amr"'}
    return raw(content, headers=headers, content_type="application/octet-stream")
