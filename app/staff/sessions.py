"""What a change of someone's account means for those who are signed in with it."""

from app.http.session import close_all_sessions


async def end_sessions(staff_id: int, *, but: str | None = None) -> None:
    """End all console sessions of a member of staff, but for the one with this token hash (security.md B06)."""
    await close_all_sessions(kind="staff", subject_id=staff_id, but=but)
