"""Refusals that concern the staff themselves."""

from app.errors import AppError


class WrongSignIn(AppError):
    """One answer for an unknown account, a wrong password and a disabled account."""

    code = "staff.wrong_sign_in"
    status = 401
    message = "账号或密码不正确，请重新输入"


class TooManyTries(AppError):
    code = "staff.too_many_tries"
    status = 429
    message = "连续输错次数过多，请 15 分钟后再试，或联系系统管理员"
    retry_after_s = 900


class WrongOldPassword(AppError):
    code = "staff.wrong_old_password"
    status = 422
    message = "原密码不正确，请重新输入"


class HallNotYours(AppError):
    code = "staff.hall_not_yours"
    status = 403
    message = "您的账号不负责这个大厅，请切换大厅或联系管理员"


class UsernameTaken(AppError):
    code = "staff.username_taken"
    status = 409
    message = "该账号已存在，请换一个账号名"
