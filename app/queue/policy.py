"""The figures of a hall's queue."""

from app.halls.figures import Figures
from app.queue.models import HallQueuePolicy
from app.queue.rules import QueuePolicy

_figures = Figures(QueuePolicy(), HallQueuePolicy, largest=10_000)
policy_of, set_policy = _figures.of, _figures.set
