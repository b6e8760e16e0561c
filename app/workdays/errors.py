from app.errors import AppError


class BadNotice(AppError):
    """A holiday notice that cannot be read or contradicts itself; nothing of it was imported."""

    code = "workdays.bad_notice"
    status = 422
    message = "放假通知有误，未导入：{faults}"


class NothingChanges(AppError):
    code = "workdays.nothing_changes"
    status = 409
    message = "与现有日历相同，没有需要更改的日子"


class ChangeUndone(AppError):
    code = "workdays.change_undone"
    status = 409
    message = "该更改已撤销，请刷新页面查看"


class ChangedSince(AppError):
    """Days of the change were changed again; taking it back would undo those changes unseen."""

    code = "workdays.changed_since"
    status = 409
    message = "其中有些日子后来又更改过，请先撤销之后的更改"
