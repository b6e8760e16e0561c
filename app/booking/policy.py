"""The figures of booking, per hall."""

from app.booking.models import HallPolicy
from app.booking.rules import BookingPolicy
from app.halls.figures import Figures

_figures = Figures(BookingPolicy(), HallPolicy, largest=100_000)
policy_of, set_policy = _figures.of, _figures.set
