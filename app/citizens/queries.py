"""Everything that reads a citizen."""

from collections.abc import Collection
from dataclasses import dataclass

from app.citizens import personal
from app.citizens.consents import CURRENT, active_key
from app.citizens.errors import ConsentNeeded
from app.citizens.models import Citizen, Consent, Identity, Way
from app.citizens.rules import masked_mobile, masked_name
from app.errors import NotFound
from app.prepared import Prepared

_WHO = Prepared(lambda _: Identity.filter(channel="", external_id="").values_list("citizen_id"))
_AGREED = Prepared(lambda _: Consent.filter(active_key="").values_list("text_version"))
_CONTACT = Prepared(lambda _: Citizen.filter(id=0).values_list("name_sealed", "mobile_index"))


@dataclass(frozen=True)
class CitizenView:
    """A citizen with personal data in the clear; show only the masked forms."""

    id: int
    code: str
    name: str | None
    mobile: str | None
    id_no: str | None
    is_elder: bool

    @property
    def masked_name(self) -> str | None:
        """The family name only: 张*, 欧阳**."""
        return masked_name(self.name) if self.name else None

    @property
    def masked_mobile(self) -> str | None:
        """138****1234."""
        return masked_mobile(self.mobile) if self.mobile else None


async def citizen(citizen_id: int) -> CitizenView:
    """One citizen. Raises NotFound."""
    row = await Citizen.get_or_none(id=citizen_id)
    if row is None:
        raise NotFound()
    return _view(row)


async def citizens(ids: set[int]) -> dict[int, CitizenView]:
    """Citizens by id, for the lists of a counter; staff who read them write an audit row."""
    return {row.id: _view(row) for row in await Citizen.filter(id__in=ids)} if ids else {}


def _view(row: Citizen) -> CitizenView:
    return CitizenView(
        id=row.id,
        code=row.code,
        name=personal.name_of(row),
        mobile=personal.mobile_of(row),
        id_no=personal.id_no_of(row),
        is_elder=row.is_elder,
    )


async def openid_of(citizen_id: int) -> str | None:
    """The mini-program's openid, to which subscribe messages go."""
    return await _external_id(citizen_id, Way.MINI_PROGRAM)


async def addresses(way: Way, citizen_ids: Collection[int]) -> dict[int, str]:
    """Where these citizens are reached in this way; should one have two of a kind, the one that proved itself last."""
    rows = Identity.filter(citizen_id__in=list(citizen_ids), channel=way).order_by("proven_at", "id")
    return {int(str(one)): str(where) for one, where in await rows.values_list("citizen_id", "external_id")}


async def proven_mobiles(citizen_ids: Collection[int]) -> dict[int, str]:
    """The mobiles that these citizens have proven, in the clear."""
    ids = list(citizen_ids)
    proven = await Identity.filter(citizen_id__in=ids, channel=Way.MOBILE).values_list("citizen_id", flat=True)
    rows = await Citizen.filter(id__in=[int(str(one)) for one in proven])
    return {row.id: mobile for row in rows if (mobile := personal.mobile_of(row))}


async def citizen_at(way: Way, external_id: str) -> int | None:
    """Who signs in this way, if anybody does."""
    rows = await _WHO.rows([way, external_id])
    return int(rows[0][0]) if rows else None


async def has_agreed(citizen_id: int, name: str = "privacy") -> bool:
    """Whether the current version of a text has been agreed to and not taken back."""
    rows = await _AGREED.rows([active_key(citizen_id, name)])
    return bool(rows) and rows[0][0] == CURRENT[name].version


async def ensure_agreed(citizen_id: int, name: str = "privacy") -> None:
    """Raises `ConsentNeeded` unless the current version of a text has been agreed to."""
    if not await has_agreed(citizen_id, name):
        raise ConsentNeeded(name=name, version=CURRENT[name].version)


async def has_contact(citizen_id: int) -> tuple[bool, bool]:
    """Whether the citizen has told a name, and proven a mobile."""
    rows = await _CONTACT.rows([citizen_id])
    return (bool(rows[0][0]), bool(rows[0][1])) if rows else (False, False)


async def _external_id(citizen_id: int, way: Way) -> str | None:
    """The one that proved itself last, should a citizen have two of a kind."""
    ways = Identity.filter(citizen_id=citizen_id, channel=way).order_by("-proven_at", "-id")
    ids = await ways.limit(1).values_list("external_id", flat=True)
    return str(ids[0]) if ids else None
