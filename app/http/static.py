"""Files that never change under their name: the name carries a hash of the content, so browsers keep them for good."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from sanic import Blueprint, HTTPResponse

from app.errors import NotFound
from app.http.context import AppRequest

FOR_GOOD = "public, max-age=31536000, immutable"
_PACKED_TYPES = ("text/", "application/javascript", "application/json", "image/svg")


@dataclass(frozen=True)
class StaticFile:
    plain: bytes
    packed: bytes | None
    content_type: str


SHARED = Path(__file__).parent / "shared"  # what every face offers: the camera, and what reads its picture


class Static:
    """All files of some folders, read and packed once at the start.

    Args:
        folders: where they lie.
        prefix: path under which they are served, such as `/h5/static`.
    """

    def __init__(self, *folders: Path, prefix: str) -> None:
        self._prefix = prefix
        self._files: dict[str, StaticFile] = {}
        self._urls: dict[str, str] = {}
        for folder in folders:
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                self._add(path.relative_to(folder).as_posix(), path.read_bytes())

    def _add(self, name: str, content: bytes) -> None:
        hashed = f"{hashlib.sha256(content).hexdigest()[:10]}/{name}"
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        kind = "application/javascript" if name.endswith((".js", ".mjs")) else kind
        packed = gzip.compress(content, 9) if kind.startswith(_PACKED_TYPES) else None
        text = f"{kind}; charset=utf-8" if kind.startswith(("text/", "application/javascript")) else kind
        self._files[hashed] = StaticFile(content, packed, text)
        self._urls[name] = f"{self._prefix}/{hashed}"

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError for a name that does not exist, so a page cannot link to nothing."""
        return self._urls[name]

    def text(self, name: str) -> str:
        """The content of a text file, to put it into a page."""
        return self._files[self._urls[name].removeprefix(f"{self._prefix}/")].plain.decode()

    def serve_on(self, blueprint: Blueprint) -> None:
        """Answer `<blueprint>/static/<hash>/<name>`."""

        async def static(request: AppRequest, name: str) -> HTTPResponse:
            file = self._files.get(name)
            if file is None:
                raise NotFound()
            headers = {"cache-control": FOR_GOOD, "vary": "Accept-Encoding", "x-content-type-options": "nosniff"}
            if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
                headers["content-encoding"] = "gzip"
                return HTTPResponse(file.packed, headers=headers, content_type=file.content_type)
            return HTTPResponse(file.plain, headers=headers, content_type=file.content_type)

        blueprint.add_route(static, "/static/<name:path>", methods=["GET"], name="static")
