"""Who comes, on forms: how the core's names of the fields read there."""

from app.errors import AppError, InvalidInput

NOBODY = {"name": "", "mobile": ""}
_OUTSIDE = {"contactName": "name", "contactMobile": "mobile"}  # fields as the core names them


def faults_of(refusal: AppError | None) -> dict[str, str]:
    """What is wrong with each field of a form, by the form's names."""
    fields = refusal.data["fields"] if isinstance(refusal, InvalidInput) else {}
    return {_OUTSIDE.get(name, name): sentence for name, sentence in fields.items()}
