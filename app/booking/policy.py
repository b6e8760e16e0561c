"""The figures of booking, per hall."""

from app.booking.figures import FIGURES
from app.booking.models import HallPolicy
from app.booking.rules import BookingPolicy
from app.halls.figures import Figures

POLICIES = Figures(BookingPolicy(), HallPolicy, known=FIGURES)
policy_of, set_policy = POLICIES.of, POLICIES.set
