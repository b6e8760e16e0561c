"""Everything that reads a citizen."""

from dataclasses import dataclass

from app import sealing
from app.citizens.consents import CURRENT
from app.citizens.models import Citizen, Consent, Identity
from app.errors import NotFound

TABLE = "citizens_citizen"


@dataclass(frozen=True)
class CitizenView:
    """A citizen with personal data in the clear; show only the masked forms."""

    id: int
    code: str
    name: str | None
    mobile: str | None
    is_elder: bool

    @property
    def masked_name(self) -> str | None:
        """The family name only: 张*, 欧阳**."""
        return masked_name(self.name) if self.name else None

    @property
    def masked_mobile(self) -> str | None:
        """138****1234."""
        return f"{self.mobile[:3]}****{self.mobile[-4:]}" if self.mobile else None


_DOUBLE = ("欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "东方")


def masked_name(name: str) -> str:
    """Keep the family name; parts of a name with a dot keep their first character (standards.md section 9)."""
    if "·" in name:
        first, *others = name.split("·")
        return "·".join([first[0] + "*" * (len(first) - 1), *("*" * len(part) for part in others)])
    kept = 2 if name.startswith(_DOUBLE) and len(name) > 2 else 1
    return "*" if len(name) == 1 else name[:kept] + "*" * (len(name) - kept)


async def citizen(citizen_id: int) -> CitizenView:
    """One citizen. Raises NotFound."""
    row = await Citizen.get_or_none(id=citizen_id)
    if row is None:
        raise NotFound()
    return CitizenView(
        id=row.id,
        code=row.code,
        name=_opened(row.name_sealed, "name", row.code),
        mobile=_opened(row.mobile_sealed, "mobile", row.code),
        is_elder=row.is_elder,
    )


async def openid_of(citizen_id: int) -> str | None:
    """The mini-program's openid, to which subscribe messages go."""
    rows = await Identity.filter(citizen_id=citizen_id, channel="wechat").values_list("external_id", flat=True)
    return str(rows[0]) if rows else None


async def has_agreed(citizen_id: int, name: str = "privacy") -> bool:
    """Whether the current version of a text has been agreed to and not taken back."""
    return await Consent.filter(
        citizen_id=citizen_id, text_name=name, text_version=CURRENT[name].version, withdrawn_at=None
    ).exists()


def place(column: str, code: str) -> str:
    """Where a sealed value of a citizen belongs."""
    return f"{TABLE}:{column}:{code}"


def _opened(sealed: str | None, column: str, code: str) -> str | None:
    return sealing.unseal(sealed, place(column, code)) if sealed else None
