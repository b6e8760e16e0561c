"""What goes to one citizen over one channel, and what every channel is able to do."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from app.platforms.wechat_errors import Kind


@dataclass(frozen=True, slots=True)
class Letter:
    """One message, ready to go.

    Attributes:
        to: the citizen's address on the channel: an openid, a mobile.
        kind: what the citizen consented to; names the platform's template.
        data: the template's fields, within the platform's limits.
        page: path of our own page that it leads to.
        key: the same each time this message is tried, for platforms that know a repeat by it.
    """

    to: str
    kind: str
    data: Mapping[str, str]
    page: str
    key: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A platform took a message. `number`: under which a receipt will follow, empty when none will; `provider`: of
    several that serve the channel.
    """

    number: str = ""
    provider: str = ""


class NotTaken(Exception):
    """The platform will not take this message. `wait_s`: seconds before the same call makes sense, of kind RETRY."""

    def __init__(self, kind: Kind, reason: str, *, wait_s: int = 1) -> None:
        super().__init__(reason)
        self.kind, self.reason, self.wait_s = kind, reason, wait_s


class Channel(Protocol):
    """One way to a citizen.

    Attributes:
        name: in the table of sendings.
        title: what staff and citizens call it.
        needs_consent: the citizen allows each kind there beforehand, once or for good (`notify.models.Allowance`).
    """

    name: str
    title: str
    needs_consent: bool

    def carries(self, kind: str) -> bool:
        """Whether the platform has a template for it."""
        ...

    async def addresses(self, citizen_ids: Collection[int]) -> dict[int, str]:
        """Where these citizens are reached; those who are not there are missing."""
        ...

    async def send(self, letter: Letter) -> Taken:
        """Send once.

        Raises `NotTaken`, or `PlatformUnavailable`, after which it may have arrived all the same.
        """
        ...
