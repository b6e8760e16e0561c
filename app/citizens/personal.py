"""Sealing and opening what identifies a citizen. Each value is bound to its column and its citizen."""

from app.citizens.models import Citizen
from app.sealing import blind_index, seal, unseal


def mobile_index(mobile: str) -> str:
    """By which a mobile is found, here and in `Identity.external_id`."""
    return blind_index("mobile", mobile)


def sealed_mobile(code: str, mobile: str) -> str:
    return seal(mobile, _place("mobile", code))


def sealed_name(code: str, name: str) -> str:
    return seal(name, _place("name", code))


def name_of(citizen: Citizen) -> str | None:
    return unseal(citizen.name_sealed, _place("name", citizen.code)) if citizen.name_sealed else None


def mobile_of(citizen: Citizen) -> str | None:
    return unseal(citizen.mobile_sealed, _place("mobile", citizen.code)) if citizen.mobile_sealed else None


def id_no_of(citizen: Citizen) -> str | None:
    return unseal(citizen.id_no_sealed, _place("id_no", citizen.code)) if citizen.id_no_sealed else None


def _place(column: str, code: str) -> str:
    return f"citizens_citizen:{column}:{code}"
