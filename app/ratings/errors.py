"""Why somebody cannot rate a visit."""

from app.errors import AppError


class NotFinishedYet(AppError):
    code = "ratings.not_finished"
    status = 409
    message = "窗口办理完成后才能评价，请办完后再来"


class NothingToRate(AppError):
    code = "ratings.nothing_to_rate"
    status = 404
    message = "没有找到您今天在本窗口办完的业务，请从“我的”里打开排队号评价，或拨打 12345"
