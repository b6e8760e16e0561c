"""Refusals of signing in, of proving a mobile and of consent."""

from app.errors import AppError


class CodeInvalid(AppError):
    """WeChat does not know the code (40029), or has honoured it before (40163)."""

    code = "auth.code_invalid"
    status = 401
    message = "登录凭证已失效或已被使用，请返回后重新登录"


class AccountBlocked(AppError):
    """WeChat holds this user for a high risk (40226)."""

    code = "auth.account_blocked"
    status = 403
    message = "微信提示该账号存在风险，暂时不能登录；可改用手机验证码登录，或到大厅窗口办理"


class SignInTooOften(AppError):
    """WeChat's own limit (45011)."""

    code = "auth.too_often"
    status = 429
    message = "登录过于频繁，请一分钟后再试"
    retry_after_s = 60


class SignInRefused(AppError):
    """WeChat refused for another reason; the log has its code."""

    code = "auth.refused"
    status = 403
    message = "微信未能完成登录，请稍后重试，或改用手机验证码登录"


class SnapshotPage(AppError):
    """WeChat shows the page in snapshot mode, where the user is nobody."""

    code = "auth.snapshot"
    status = 403
    message = "当前为微信快照页，请点击右下角“使用完整服务”后再登录"


class StateMismatch(AppError):
    """The answer of web authorisation does not belong to this browser, is too old, or came before."""

    code = "auth.state"
    status = 403
    message = "登录已超时或不是从本页面发起，请重新登录"


class PhoneCodeInvalid(AppError):
    """Unknown, used, too old, or of another mini-program (40029, 40163, 40013)."""

    code = "mobile.code_invalid"
    status = 422
    message = "手机号授权已失效，请重新点击“获取手机号”"


class ForeignMobile(AppError):
    """A verified number from outside the mainland, which our text messages do not reach."""

    code = "mobile.foreign"
    status = 422
    message = "目前仅支持中国大陆手机号，请绑定大陆手机号后再试"


class SmsTooSoon(AppError):
    code = "sms.too_soon"
    status = 429
    message = "验证码每分钟只能获取一次，请稍候再试"
    retry_after_s = 60


class SmsDayLimit(AppError):
    code = "sms.day_limit"
    status = 429
    message = "今天获取验证码的次数已用完，请明天再试，或使用微信登录"
    retry_after_s = 3600


class SmsNetworkBusy(AppError):
    """Many people of one network at once; a mobile's own limits have texts of their own."""

    code = "sms.network_busy"
    status = 429
    message = "当前网络获取验证码的人较多，请一分钟后再试，或使用微信登录"
    retry_after_s = 60


class SmsNetworkDayLimit(AppError):
    code = "sms.network_day_limit"
    status = 429
    message = "当前网络今天获取验证码的次数较多，请关闭无线网络改用手机流量再试，或使用微信登录"
    retry_after_s = 3600


class SmsCodeWrong(AppError):
    """Wrong, with tries left. Says nothing about whether the mobile is known."""

    code = "sms.code_wrong"
    status = 422
    message = "验证码不正确，还可再试 {tries_left} 次"


class SmsCodeDead(AppError):
    """Too old, used, out of tries, or never asked for by this browser: one answer for all of them."""

    code = "sms.code_dead"
    status = 422
    message = "验证码已失效，请重新获取"


class SmsNotSent(AppError):
    """The service refuses this number or this message; trying again at once changes nothing."""

    code = "sms.not_sent"
    status = 422
    message = "短信未能发送，请确认手机号可以正常接收短信，或使用微信登录"


class ConsentNeeded(AppError):
    """Personal data is taken only from somebody who agreed to the text as it reads now; `details` says which one."""

    code = "citizen.consent_needed"
    status = 403
    message = "请先阅读并同意隐私政策（{version} 版），再继续办理"

    def __init__(self, *, name: str, version: str) -> None:
        super().__init__(version=version, details={"name": name, "version": version})


class ConsentOutdated(AppError):
    code = "consent.outdated"
    status = 409
    message = "隐私政策已更新，请刷新后阅读最新版本再同意"
