"""Live topics: that what open pages show has changed. Truth is the database; what travels is the topic's name.

An action says `changed("hall:HALL-SZ")`; whoever shows that topic looks again, in this process at once, in others when
the ring reaches them through Redis. Whoever shows something looks every few seconds anyhow, so a lost ring costs those.
"""

from functools import partial

from app import wake
from app.db import after_commit


def changed(topic: str) -> None:
    """Say so once the open transaction has committed (at once when none is open). Never waits, never fails."""
    after_commit(partial(wake.everywhere, topic))


add_bell = wake.add_bell
remove_bell = wake.remove_bell
