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


class CounterClosed(AppError):
    code = "queue.counter_closed"
    status = 409
    message = "本窗口还没有开窗，请先开窗再叫号"


class CounterNotOpen(AppError):
    code = "queue.counter_not_open"
    status = 409
    message = "该窗口现在没有开窗，请选择其他窗口，或只选业务由任一窗口受理"


class CounterPaused(AppError):
    code = "queue.counter_paused"
    status = 409
    message = "本窗口已暂停（{why}），请先按“继续受理”"


class CounterTaken(AppError):
    """Somebody else sits there. Carries `name`, `at` and `seat`, which whoever takes over names."""

    code = "queue.counter_taken"
    status = 409
    message = "{no} 窗口现在由 {name} 值守（{at} 起），接替后对方将离开本窗口"


class NotYourCounter(AppError):
    """Carries `name` and `at`: who has sat down there meanwhile."""

    code = "queue.not_your_counter"
    status = 409
    message = "本窗口已由 {name} 值守（{at} 起），请重新选择窗口"


class TooLateToUndo(AppError):
    code = "queue.too_late_to_undo"
    status = 409
    message = "只能由本人在 {seconds} 秒内撤销；过号的群众可用“恢复排队”"


class AlarmOver(AppError):
    code = "queue.alarm_over"
    status = 409
    message = "这次告警已由 {name} 解除"


class AlarmTaken(AppError):
    code = "queue.alarm_taken"
    status = 409
    message = "{name} 已在处理这次告警"


class TooManyVisits(AppError):
    code = "queue.too_many_visits"
    status = 422
    message = "所选范围内的记录过多，请缩短日期，或只选一个大厅"
