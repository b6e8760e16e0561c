"""What handlers can reach: the typed application and request."""

import ipaddress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sanic import Request, Sanic
from sanic.config import Config

from app.city import City, city_of
from app.http.admission import Admission
from app.http.byte_cache import ByteCache
from app.http.open_streams import OpenStreams
from app.settings import Settings
from app.worker import Worker

if TYPE_CHECKING:
    from app.http.session import Caller


@dataclass
class Context:
    """What handlers may reach through `request.app.ctx`. Platform clients are put in by `app.server`."""

    settings: Settings
    admission: Admission
    streams: OpenStreams = field(default_factory=OpenStreams)
    cache: ByteCache = field(default_factory=ByteCache)
    platforms: dict[type[Any], Any] = field(default_factory=dict)
    worker: Worker | None = None
    is_ready: bool = False

    @property
    def city(self) -> City:
        return city_of(self.settings.city)

    def platform(self, kind: type[Any]) -> Any:
        """The client of an outside platform, by its class."""
        return self.platforms[kind]


class RequestContext(SimpleNamespace):
    caller: "Caller | None"
    started: float


App = Sanic[Config, Context]
AppRequest = Request[App, RequestContext]


def source_of(request: AppRequest) -> str:
    """The address a request came from, by the proxy's word if there is one. For the audit log."""
    return (request.remote_addr or request.ip or "")[:64]


def network_of(request: AppRequest) -> str:
    """The network a request came from. Whatever is counted or limited by source counts by this, never by address:
    whoever has an IPv6 network has 2^64 addresses.
    """
    return network_at(source_of(request))


def network_at(address: str) -> str:
    """What one household or shop has: an IPv4 address, or an IPv6 /64. Unreadable addresses share one network."""
    try:
        ip = ipaddress.ip_address(address.strip("[]"))  # as a proxy's word has it
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((int(ip), 64), strict=False))
