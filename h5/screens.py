"""What a hall's screens show, in the words of the page; the same for the big one and for phones."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.queue.board import Called, GroupBoard, HallBoard

GROUPS_SHOWN = 10  # on a big screen; phones show all


@dataclass(frozen=True)
class CallView:
    """`key` is new with each call and recall. `say` is what the voice says."""

    key: str
    number: str
    name: str
    counter: str
    place: str
    is_serving: bool
    say: str


@dataclass(frozen=True)
class GroupView:
    name: str
    waiting: int
    calls: tuple[CallView, ...]
    next: tuple[str, ...]


@dataclass(frozen=True)
class ScreenView:
    """`calls` are those of all groups, the latest first. `quiet` are the names of groups where nobody is."""

    calls: tuple[CallView, ...]
    groups: tuple[GroupView, ...]
    quiet: tuple[str, ...]

    @classmethod
    def of(cls, board: HallBoard, *, only: Iterable[str] = ()) -> "ScreenView":
        """`only`: codes of the groups to show; without any, all."""
        chosen = frozenset(only)
        groups = [group for group in board.groups if not chosen or group.code in chosen]
        latest = sorted((call for group in groups for call in group.now), key=lambda call: call.called_at, reverse=True)
        return cls(
            calls=tuple(map(_call, latest)),
            groups=tuple(_group(group) for group in groups if _is_busy(group) or chosen),
            quiet=tuple(group.name for group in groups if not _is_busy(group) and not chosen),
        )

    @property
    def busiest(self) -> tuple[GroupView, ...]:
        """As many groups as a big screen has room for, in the hall's order."""
        most = sorted(self.groups, key=lambda group: group.waiting, reverse=True)[:GROUPS_SHOWN]
        return tuple(group for group in self.groups if group in most)


def _is_busy(group: GroupBoard) -> bool:
    return bool(group.now or group.waiting)


def _group(group: GroupBoard) -> GroupView:
    return GroupView(
        name=group.name,
        waiting=group.waiting,
        calls=tuple(map(_call, group.now)),
        next=tuple(f"{coming.number} {coming.name}".strip() for coming in group.next),
    )


def _call(call: Called) -> CallView:
    return CallView(
        key=f"{call.number}.{call.called_at.timestamp():.3f}",
        number=call.number,
        name=call.name,
        counter=call.counter_no,
        place=call.counter_name,
        is_serving=call.is_serving,
        say=f"请 {call.number} 号到 {call.counter_no} 窗口",
    )
