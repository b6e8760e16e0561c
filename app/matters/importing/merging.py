"""What a sheet says, put into the guide that is there. The sheet knows a part only: the rest stays. Pure."""

import copy
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.matters.importing.cells import limit_text
from app.matters.importing.layout import LEVELS, MATTER_TYPES

Material = dict[str, Any]

NO_PLACE = "见各级政务服务大厅"  # what departments write when the windows are listed elsewhere
TYPE_NAMES = {code: name for name, code in MATTER_TYPES.items()}
LEVEL_NAMES = {code: name for name, code in LEVELS.items()}

_PRICE = re.compile(r"(.+)[::](\d{1,8}(?:\.\d{1,2})?)(元(?:/\S+)?)")
_LAW = re.compile(r"《(.+)》([^《》]*)")


def merged(
    values: Mapping[str, Any], materials: list[dict[str, Any]] | None, known: Mapping[str, Any]
) -> dict[str, Any]:
    """The guide after the sheet: `known` (empty for a new matter) with what the sheet's cells say."""
    guide = copy.deepcopy(dict(known))
    guide |= {"code": values["code"], "name": values["name"], "dept_name": values["dept_name"]}
    if guide.get("matter_type", {}).get("code") != values["type_code"]:
        guide["matter_type"] = {"code": values["type_code"], "name": TYPE_NAMES[values["type_code"]]}
    if guide.get("level_code") != values["level_code"]:
        guide |= {"level_code": values["level_code"], "level": LEVEL_NAMES[values["level_code"]]}
    if set(guide.get("service_objects", ())) != set(values["service_objects"]):
        guide["service_objects"] = values["service_objects"]
    guide["effective_from"] = values["effective_from"].isoformat()
    _put_limits(guide, values)
    guide["online"] = {**guide.get("online", {}), "visits": values["visits"], "is_online": values["is_online"]}
    guide["fee"] = _fee(guide.get("fee", {}), values["is_fee"], values.get("price"))
    if laws_text(guide) != laws_text({"legal_basis": parse_laws(values["legal_basis"])}):
        guide["legal_basis"] = _laws(guide.get("legal_basis", []), values["legal_basis"])
    _put_optional(guide, values)
    if materials is not None:
        guide["materials"] = _materials(guide.get("materials", []), materials)
    return guide


def _put_limits(guide: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key in ("statutory_limit", "promised_limit"):
        days, unit = values[key]
        said = {"days": days, "unit": unit, "text": limit_text(days, unit), "status": "to_be_checked"}
        limit = guide.get(key, {})
        if (limit.get("days"), limit.get("unit")) != (days, unit):
            guide[key] = {**limit, **said}
    if not guide.get("project_type"):
        guide["project_type"] = "即办件" if values["promised_limit"][1] == "immediate" else "承诺件"


def _put_optional(guide: dict[str, Any], values: Mapping[str, Any]) -> None:
    if (code := values.get("subject_code")) and code != subject_code(guide):
        guide["subject_code"] = code
    if (place := values.get("place_text")) and place != NO_PLACE:
        guide["place_text"] = place
    guide |= {key: values[key] for key in ("notes", "basic_code", "impl_code", "duration_min") if values.get(key)}
    if phones := parse_phones(values.get("phones", "")):
        consult = guide.get("consult", {})
        known = list(consult.get("phones", ()))
        # The sheet often names the one hotline only; a number leaves a guide by hand, not by being unmentioned.
        if added := [phone for phone in phones if phone not in known]:
            guide["consult"] = {**consult, "phones": known + added}


def subject_code(guide: Mapping[str, Any]) -> str:
    """The authority's credit code: its own item, or the first 18 characters of the implementation code."""
    return str(guide.get("subject_code") or (guide.get("impl_code") or "")[:18])


def parse_phones(text: str) -> list[str]:
    return [phone for phone in re.split(r"[、,,;;/\s]+", text) if phone]


def price_text(fee: Mapping[str, Any]) -> str:
    """Fee items as the sheets write them: `工本费:20元/证;加急费:40元/证`; the note when there are no items."""
    if not fee.get("is_fee"):
        return ""
    items = [f"{item['name']}:{_yuan(item['amount_fen'])}{item.get('unit') or '元'}" for item in fee.get("items", ())]
    return ";".join(items) or fee.get("note") or ""


def _yuan(fen: int) -> str:
    return f"{fen // 100}" if fen % 100 == 0 else f"{Decimal(fen) / 100:.2f}"


def _fee(known: Mapping[str, Any], is_fee: bool, price: str | None) -> dict[str, Any]:
    fee = {"items": [], "pay_online": False, "note": None, "status": "to_be_checked", **known, "is_fee": is_fee}
    if not is_fee:
        return fee if not known.get("is_fee") else {**fee, "items": [], "pay_online": False}
    if not price or price == price_text(fee):
        return fee
    parsed = [_PRICE.fullmatch(part.strip()) for part in re.split("[;;\n]", price) if part.strip()]
    if not all(parsed):
        return {**fee, "items": [], "note": price}
    before = {item["name"]: item for item in fee["items"]}
    items = [_fee_item(before.get(hit[1], {}), hit) for hit in parsed if hit]
    return {**fee, "items": items, "status": "to_be_checked"}


_NEW_FEE = {"basis": None, "reduction": None, "charge": "always", "field": None, "values": None}


def _fee_item(known: Mapping[str, Any], hit: re.Match[str]) -> dict[str, Any]:
    return {**_NEW_FEE, **known, "name": hit[1], "unit": hit[3], "amount_fen": int(Decimal(hit[2]) * 100)}


def parse_laws(text: str) -> list[dict[str, Any]]:
    lines = [line.strip() for line in re.split(r"\n|[;;](?=《)", text) if line.strip()]
    return [_law(line) for line in lines]


def _law(line: str) -> dict[str, Any]:
    hit = _LAW.fullmatch(line)
    title, article = (hit[1], hit[2].strip() or None) if hit else (line, None)
    return {"title": title, "article": article, "verified": "to_be_checked"}


def laws_text(guide: Mapping[str, Any]) -> str:
    """Legal basis as the sheets write it, one law a line."""
    return "\n".join(f"《{law['title']}》{law.get('article') or ''}" for law in guide.get("legal_basis", ()))


def _laws(known: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """A law and article that were there keep what has been verified of them."""
    before = {(law["title"], law.get("article")): law for law in known}
    return [before.get((law["title"], law["article"]), law) for law in parse_laws(text)]


_NEW_MATERIAL: dict[str, Any] = {
    "kind": "其他", "forms": ["paper"], "source": None, "issuing_dept": None, "electronic_allowed": False,
    "elicence_type": None, "exempt_by_elicence": False, "exempt_note": None, "upload": None, "remark": None,
}  # fmt: skip


def _materials(known: list[dict[str, Any]], listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The list as the sheet has it, in its order; a material that was there keeps what the sheet does not say."""
    before = {material["name"]: material for material in known}
    return [
        {**_NEW_MATERIAL, **before.get(material["name"], {}), **material, "no": number}
        for number, material in enumerate(listed, start=1)
    ]
