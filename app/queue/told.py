"""What every event about a ticket says."""

from datetime import datetime
from typing import Any

from app.queue.models import Ticket


def facts_of(ticket: Ticket, now: datetime) -> dict[str, Any]:
    return {
        "occurred_at": now,
        "ticket_code": ticket.code,
        "ticket_number": ticket.number,
        "citizen_id": ticket.citizen_id,
        "hall_code": ticket.hall_code,
        "group_code": ticket.group_code,
        "matter_code": ticket.matter_code,
        "booking_number": ticket.booking_number,
    }
