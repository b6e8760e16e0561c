from app.errors import AppError


class BadNotice(AppError):
    """A holiday notice that contradicts itself; nothing of it was imported."""

    code = "workdays.bad_notice"
    status = 422
    message = "放假通知有误，未导入：{faults}"
