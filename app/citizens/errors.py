from app.errors import AppError


class CodeInvalid(AppError):
    """One answer for an unknown, used, expired or foreign login code."""

    code = "auth.code_invalid"
    status = 401
    message = "登录凭证已失效，请返回重新打开小程序"


class AccountBlocked(AppError):
    code = "auth.account_blocked"
    status = 403
    message = "该微信账号存在风险，暂时无法登录；请携带身份证到大厅办理或拨打 12345"


class ConsentOutdated(AppError):
    code = "consent.outdated"
    status = 409
    message = "隐私政策已更新，请重新阅读后再同意"
