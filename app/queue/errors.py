"""Why somebody cannot be checked in, called or finished."""

from app.errors import AppError


class WrongHall(AppError):
    code = "queue.wrong_hall"
    status = 409
    message = "该预约在{hall}，不在本大厅，请引导群众前往"


class WrongDay(AppError):
    code = "queue.wrong_day"
    status = 409
    message = "该预约的日期是{on}，今天不能签到"


class BookingCancelled(AppError):
    code = "queue.booking_cancelled"
    status = 409
    message = "该预约已取消，请重新预约或由窗口现场登记"


class BookingNotConfirmed(AppError):
    code = "queue.booking_not_confirmed"
    status = 409
    message = "该预约尚未确认，请群众先在手机上确认预约"


class BookingOver(AppError):
    code = "queue.booking_over"
    status = 409
    message = "该预约已过期或已办结，不能再次签到"


class CodeNotTheirs(AppError):
    """The signature is ours, but the booking has given out another code since, or it belongs to somebody else."""

    code = "queue.code_replaced"
    status = 409
    message = "该二维码不是这个预约当前的签到码，请群众打开“我的预约”出示最新二维码"


class NoSuchBooking(AppError):
    code = "queue.no_such_booking"
    status = 422
    message = "没有这个预约号，请核对 16 位预约号后重新输入"


class NobodyWaiting(AppError):
    code = "queue.nobody_waiting"
    status = 409
    message = "现在没有等候的群众"


class NobodyAtCounter(AppError):
    code = "queue.nobody_at_counter"
    status = 409
    message = "本窗口当前没有叫号中的群众，请先按“下一位”"


class NotNow(AppError):
    """Carries `allowed`: what may be done in this state."""

    code = "queue.not_now"
    status = 409
    message = "该号码当前是“{state}”，不能这样操作，请刷新页面"


class CounterInUse(AppError):
    code = "queue.counter_in_use"
    status = 409
    message = "本窗口正在为 {number} 号办理，请先完成或过号"


class TooLateToday(AppError):
    code = "queue.too_late"
    status = 409
    message = "已超过预约时间 {minutes} 分钟，本大厅不再受理迟到预约，请到咨询导办台处理或重新预约"


class RecallTooSoon(AppError):
    code = "queue.recall_too_soon"
    status = 409
    message = "刚刚叫过，请 {seconds} 秒后再重呼"


class CallAgainFirst(AppError):
    code = "queue.call_again_first"
    status = 409
    message = "只叫过 {calls} 次，叫满 {needed} 次仍未到才能过号；可先重呼，或顺延到后面"


class SkippedBefore(AppError):
    code = "queue.skipped_before"
    status = 409
    message = "已顺延 {times} 次，不能再顺延；叫满次数仍未到请按“过号”"


class LeftBefore(AppError):
    code = "queue.left_before"
    status = 409
    message = "每个号只能暂时离开一次，请在等候区等候叫号，或放弃本号"


class OnlyTheOwner(AppError):
    code = "queue.only_the_owner"
    status = 403
    message = "只有取号人本人可以这样操作，请让本人在其手机上操作"


class TicketOver(AppError):
    code = "queue.ticket_over"
    status = 409
    message = "这个号今天的排队已经结束，不能再接收叫号通知"


class TooManyCompanions(AppError):
    code = "queue.too_many_companions"
    status = 409
    message = "一个号最多由 {most} 位家人接收通知，请先让取号人移除一位"


class InviteOver(AppError):
    code = "queue.invite_over"
    status = 409
    message = "这个邀请已经失效，请让取号人重新生成家人二维码"


class CounterBusy(AppError):
    code = "queue.counter_busy"
    status = 409
    message = "本窗口正在为 {number} 号办理，请先完成、暂离或挂起"


class NoSuchGroup(AppError):
    code = "queue.no_such_group"
    status = 422
    message = "本大厅没有这个业务或窗口，请重新选择"


class WalkInsFull(AppError):
    """Carries `next_free`: where a booking is still to be had, in words, or empty."""

    code = "queue.walk_ins_full"
    status = 409
    message = "今天的现场号已发完。{next_free}"


class AlreadyWaiting(AppError):
    """Carries `number` and `ticket`: the one they have."""

    code = "queue.already_waiting"
    status = 409
    message = "您在这里已有 {number} 号，请等候叫号，不用重复取号"
