"""The member of staff on whose behalf an action runs: what rules and audit rows need to know of them."""

from dataclasses import dataclass
from datetime import datetime

from app.staff import rules
from app.staff.rules import ALL_HALLS, Role


@dataclass(frozen=True, slots=True)
class By:
    """Made once per request by the console, handed to every action as `by=`.

    Attributes:
        source: the address the request came from.
        request_id: ties audit rows to log lines.
        told_at: when an act that is told late was told, else None: audit rows bear this time, for the moment of the act
            is only what the device says.
    """

    staff_id: int
    name: str
    roles: frozenset[Role]
    hall_codes: frozenset[str]
    source: str = ""
    request_id: str = ""
    told_at: datetime | None = None

    def sees(self, hall_code: str) -> bool:
        return rules.sees(self.hall_codes, hall_code)

    def ensure_sees(self, hall_code: str) -> None:
        """Raises `HallNotYours`: a clerk of hall A neither sees nor changes anything of hall B."""
        rules.ensure_sees(self.hall_codes, hall_code)


# Whoever runs a command at the terminal of the installation itself.
SYSTEM = By(staff_id=0, name="系统", roles=frozenset({Role.ADMIN}), hall_codes=frozenset({ALL_HALLS}))
