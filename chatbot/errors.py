"""Why something cannot be said or answered."""

from app.errors import AppError


class Repeated(Exception):
    """The message has come before, and what was said to it stands."""


class TooFast(AppError):
    code = "chat.too_fast"
    status = 429
    message = "您发得太快了，请过一分钟再发；急事请拨打 12345"
    retry_after_s = 60


class NetworkBusy(AppError):
    code = "chat.network_busy"
    status = 429
    message = "您所在网络的匿名咨询太多，请登录后再问，或过十分钟再试；急事请拨打 12345"
    retry_after_s = 600


class NotNow(AppError):
    code = "chat.not_now"
    status = 409
    message = "这次咨询目前是“{state}”，不能这样操作，请刷新页面查看最新情况"


class AlreadyTaken(AppError):
    code = "chat.already_taken"
    status = 409
    message = "这位群众已由 {name} 接待，请接待下一位"


class NotYourConversation(AppError):
    code = "chat.not_yours"
    status = 403
    message = "这次咨询由 {name} 接待，如需接手，请由本人或大厅管理员先转回等候"


class AgentFull(AppError):
    code = "chat.agent_full"
    status = 409
    message = "您正在接待 {most} 位群众，请先结束或转回一位，再接待新的"


class ColleagueAway(AppError):
    code = "chat.colleague_away"
    status = 409
    message = "{name} 现在不在岗或已停用，请选择别的同事或转到队列"


class ColleagueFull(AppError):
    code = "chat.colleague_full"
    status = 409
    message = "{name} 正在接待 {most} 位群众，请选择别的同事或转到队列"


class Unfitting(AppError):
    code = "chat.unfitting"
    status = 409
    message = "这条回复里有不宜使用的词：{words}。请改写后再发送；确认没有问题的，请点“仍然发送”"


class ListChanged(AppError):
    code = "chat.list_changed"
    status = 409
    message = "同事刚刚改过这一项，请刷新页面，核对后再改"
