"""The one family of errors a caller can meet. Anything else that is raised is a bug."""

from typing import Any, ClassVar


class AppError(Exception):
    """Refuse a request for a reason that the person asking can be told.

    A subclass names its `code`, HTTP `status` and `message`. The message is shown as it is: Chinese, complete,
    saying what to do next; it may use the names given in `data`, such as `{days}`. Where it speaks to the person who
    comes ("您…"), `to_staff` is what a member of staff reads who acts for them.
    """

    code: ClassVar[str]
    status: ClassVar[int] = 400
    message: ClassVar[str]
    to_staff: ClassVar[str] = ""
    retry_after_s: ClassVar[int | None] = None

    def __init__(self, **data: Any) -> None:
        self.data = data
        super().__init__(self.code)

    @property
    def text(self) -> str:
        return self.message.format(**self.data)

    @property
    def text_to_staff(self) -> str:
        return (self.to_staff or self.message).format(**self.data)


class InvalidInput(AppError):
    """Names every fault of a form at once: `fields` maps the field's name outside to a Chinese sentence."""

    code = "input.invalid"
    status = 422
    message = "提交的内容有误，请按提示修改后重试"

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(fields=fields)


class BadRequest(AppError):
    code = "input.bad_request"
    status = 400
    message = "请求格式不正确，请刷新页面后重试"


class WrongContentType(AppError):
    code = "input.content_type"
    status = 415
    message = "请以 JSON 格式提交（Content-Type: application/json）"


class TooLarge(AppError):
    code = "input.too_large"
    status = 413
    message = "提交的内容过大，请精简后重试"


class SignInNeeded(AppError):
    code = "auth.sign_in_needed"
    status = 401
    message = "请先登录后再操作"


class NotAllowed(AppError):
    code = "auth.not_allowed"
    status = 403
    message = "您没有进行此操作的权限"


class NotFound(AppError):
    code = "not_found"
    status = 404
    message = "未找到相关内容，可能已被删除或地址有误"


class MethodNotAllowed(AppError):
    code = "input.method"
    status = 405
    message = "不支持这种请求方式"


class KeyReused(AppError):
    """The same Idempotency-Key with another body (GOV.UK Pay answers 409 likewise)."""

    code = "idempotency.key_reused"
    status = 409
    message = "该操作编号已用于另一次提交，请刷新页面后重试"


class BadKey(AppError):
    code = "idempotency.bad_key"
    status = 422
    message = "Idempotency-Key 须为 8 至 128 个可见的 ASCII 字符"


class Busy(AppError):
    """Too much is waiting already, or the database gave no answer in time; nothing was done."""

    code = "busy"
    status = 503
    message = "当前访问人数较多，请稍等几秒再试"
    retry_after_s = 2


class PlatformUnavailable(AppError):
    code = "platform.unavailable"
    status = 503
    message = "外部平台暂时没有响应，请稍后再试"
    retry_after_s = 5
