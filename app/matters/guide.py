"""The guide of a matter (办事指南): its items after GB/T 39046-2020 table 4, and which of them must be there.

What is stored is the plain mapping as it came; this model reads it, with an empty value where an item that may be
missing is missing. Items it does not know stay in the mapping untouched.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt
from pydantic.alias_generators import to_camel

Words = list[str]
Unit = Literal["working_day", "calendar_day", "immediate"]
Count = Annotated[StrictInt, Field(ge=0, le=9999)]
DEFAULT_MINUTES, LONGEST_VISIT = 15, 480  # of a visit
Minutes = Annotated[StrictInt, Field(ge=1, le=LONGEST_VISIT)]
Fen = Annotated[StrictInt, Field(ge=0, le=10**11)]


def _empty_if_none(value: Any) -> Any:
    return [] if value is None else value


Phones = Annotated[Words, BeforeValidator(_empty_if_none)]


class Part(BaseModel):
    """A part of a guide: snake_case in files, camelCase on the wire; every item is shown, also when empty."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        json_schema_serialization_defaults_required=True,
    )


class Kind(Part):
    code: str = ""
    name: str = ""


class LegalBasis(Part):
    """`verified`: law_text_read, public_fact or to_be_checked."""

    title: str
    article: str | None = None
    verified: str = "to_be_checked"


class Upload(Part):
    accept: Words = []
    max_mb: int = 10
    max_files: int = 1


class Material(Part):
    no: int = 0
    name: str
    kind: str | None = None
    original_count: Count = 0
    copy_count: Count = 0
    forms: Words = []
    source: str | None = None
    issuing_dept: str | None = None
    necessity: str = "必要"
    electronic_allowed: StrictBool = False
    elicence_type: str | None = None
    exempt_by_elicence: StrictBool = False
    exempt_note: str | None = None
    upload: Upload | None = None
    remark: str | None = None


class Limit(Part):
    """A time limit in whole days; `status` to_be_checked marks a figure nobody has confirmed."""

    days: Count = 0
    unit: Unit = "immediate"
    text: str = ""
    text_of_law: str | None = None
    status: str = "to_be_checked"


class Step(Part):
    no: int = 0
    name: str
    role: str | None = None
    limit_days: int | None = None
    counted: StrictBool = True
    desc: str = ""


class FeeItem(Part):
    """`charge`: always, by_field (when the form's `field` has one of `values`) or on_request."""

    name: str
    unit: str | None = None
    amount_fen: Fen
    basis: str | None = None
    reduction: str | None = None
    charge: str = "always"
    field: str | None = None
    values: list[Any] | None = None


class Fee(Part):
    is_fee: StrictBool = False
    items: list[FeeItem] = []
    pay_online: StrictBool = False
    note: str | None = None
    status: str = "to_be_checked"


class Online(Part):
    is_online: StrictBool = False
    depth_code: str = ""
    depth_name: str = ""
    channels: Words = []
    visits: Count = 1
    visit_reason: str | None = None
    status: str = "to_be_checked"


class Result(Part):
    type: str | None = None
    name: str | None = None
    validity: str | None = None
    elicence_type: str | None = None


class Window(Part):
    hall_code: str
    group: str


class Appointment(Part):
    supported: StrictBool = False
    required: StrictBool = False
    text: str = "不需预约"


class FormField(Part):
    key: str
    label: str
    type: str
    required: StrictBool = False
    prefill: str | None = None
    validate_as: Annotated[str | None, Field(validation_alias="validate", serialization_alias="validate")] = None
    options: Words | None = None


class Ending(Part):
    """What an answer ends in: another matter, or no visit of this kind at all when `matter` is empty."""

    matter: Annotated[str | None, Field(max_length=64)] = None
    text: str


class Question(Part):
    """A question with yes or no; an answer without an ending goes on to the next one."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")]
    text: str
    yes: Ending | None = None
    no: Ending | None = None


class Triage(Part):
    """What to ask before a booking, in order. `required`: it cannot be booked unasked, because the wrong matter would
    mean another place, or a way for nothing; otherwise only answers that were given count.
    """

    questions: list[Question] = []
    required: StrictBool = False
    status: str = "to_be_checked"


class NationalThemes(Part):
    natural: Words = []
    legal: Words = []


class Contact(Part):
    phones: Phones = []
    text: str | None = None


class Verification(Part):
    status: str = "to_be_checked"
    to_check: Words = []


class Guide(Part):
    """A whole guide. Only code and name are always there; `standard.missing_items` names what else ought to be."""

    code: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    short_name: Annotated[str, Field(max_length=100)] = ""
    aliases: Words = []
    basic_code: str | None = None
    impl_code: str | None = None
    handle_item_code: str | None = None
    code_status: str | None = None
    matter_type: Kind = Kind()
    level: str = ""
    level_code: Annotated[str, Field(max_length=2)] = ""
    dept_code: Annotated[str, Field(max_length=32)] = ""
    dept_name: Annotated[str, Field(max_length=64)] = ""
    co_dept_codes: Words = []
    service_objects: list[Literal["natural", "legal"]] = []
    project_type: Annotated[str, Field(max_length=12)] = ""
    legal_basis: list[LegalBasis] = []
    conditions: Words = []
    quota: str | None = None
    materials: list[Material] = []
    statutory_limit: Limit = Limit()
    promised_limit: Limit = Limit()
    process: list[Step] = []
    special_procedures: Words = []
    fee: Fee = Fee()
    online: Online = Online()
    result: Result = Result()
    delivery: Words = []
    handle_area: str | None = None
    windows: list[Window] = []
    place_text: Annotated[str | None, Field(description="where to go, when no window is named")] = None
    appointment: Appointment = Appointment()
    duration_min: Annotated[Minutes | None, Field(description="minutes at the counter, for one person")] = None
    self_terminal: StrictBool = False
    triage: Triage = Triage()
    form_fields: list[FormField] = []
    nav_themes: Words = []
    national_themes: NationalThemes = NationalThemes()
    keywords: Words = []
    hot_rank: Annotated[StrictInt | None, Field(ge=1, le=1_000_000)] = None
    notes: str | None = None
    consult: Contact = Contact()
    complaint: Contact = Contact()
    faq_ids: Words = []
    verification: Verification = Verification()
    effective_from: date | None = None

    @property
    def visit_minutes(self) -> int:
        """How long a visit takes one person; as long as most where nobody has said."""
        return self.duration_min or DEFAULT_MINUTES
