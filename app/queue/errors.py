"""Why somebody cannot be checked in, called or finished."""

from app.errors import AppError


class WrongHall(AppError):
    code = "queue.wrong_hall"
    status = 409
    message = "该预约在{hall}，不在本大厅，请前往该大厅办理"


class WrongDay(AppError):
    code = "queue.wrong_day"
    status = 409
    message = "该预约的日期是{on}，今天不能签到"


class BookingCancelled(AppError):
    code = "queue.booking_cancelled"
    status = 409
    message = "该预约已取消，请重新预约，或现场取号"


class BookingNotConfirmed(AppError):
    code = "queue.booking_not_confirmed"
    status = 409
    message = "该预约尚未确认，请先在手机上确认预约"


class BookingOver(AppError):
    code = "queue.booking_over"
    status = 409
    message = "该预约已过期或已办结，不能再次签到"


class CodeNotTheirs(AppError):
    """The signature is ours, but the booking has given out another code since, or it belongs to somebody else."""

    code = "queue.code_replaced"
    status = 409
    message = "该二维码不是这个预约当前的签到码，请打开“我的预约”出示最新二维码"


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


class MachinesOnly(AppError):
    code = "queue.machines_only"
    status = 409
    message = "自助服务区不用取号，请直接到自助机上办理；需要帮助请到咨询导办台"


class NoSuchGroup(AppError):
    code = "queue.no_such_group"
    status = 422
    message = "本大厅没有这个业务或窗口，请重新选择"


class WalkInsFull(AppError):
    """Carries `next_free`: where a booking is still to be had, in words, or empty."""

    code = "queue.walk_ins_full"
    status = 409
    message = "今天的现场号已发完。{next_free}"


class PrintedNeedsAccount(AppError):
    code = "queue.printed_needs_account"
    status = 403
    message = "用海报上的二维码取号请先登录；不登录的，请扫大厅屏幕上的二维码，或到取号机、咨询导办台取号"


class TooManyGuests(AppError):
    code = "queue.too_many_guests"
    status = 429
    message = "用这个二维码取号的人太多，请重新扫大厅屏幕上的二维码，或登录后取号"


class AlreadyWaiting(AppError):
    """Carries `number` and `ticket`: number and code of the one they have."""

    code = "queue.already_waiting"
    status = 409
    message = "您在这里已有 {number} 号，请等候叫号，不用重复取号"


class SeenInFuture(AppError):
    code = "offline.seen_in_future"
    status = 422
    message = "记录的时间晚于当前时间，请校准本机时钟"


class SeenTooLongAgo(AppError):
    code = "offline.too_old"
    status = 422
    message = "离线记录已超过 24 小时，不能再核验，请人工处理"


class ScanIdReused(AppError):
    code = "offline.id_reused"
    status = 409
    message = "该记录编号已用于另一次扫码，请人工处理"


class NotPaired(AppError):
    code = "queue.not_paired"
    status = 403
    message = "这台设备还没有配对，或配对已被撤销。请大厅管理员在工作台“大厅设备”中生成配对链接，在这台设备上打开"


class PairingSpent(AppError):
    """One answer for a link that was used, is too old, or never was."""

    code = "queue.pairing_spent"
    status = 409
    message = "配对链接无效、已用过或已超过 24 小时，请大厅管理员在工作台“大厅设备”中重新生成"


class HallCodeExpired(AppError):
    code = "queue.hall_code_expired"
    status = 409
    message = "二维码已过期（照片、截图无效），请扫大厅屏幕上的最新二维码"


class NotHallCode(AppError):
    code = "queue.not_hall_code"
    status = 422
    message = "无法识别该二维码，请扫大厅屏幕上的最新二维码"


class PresenceOver(AppError):
    code = "queue.presence_over"
    status = 409
    message = "请扫大厅屏幕上的二维码，确认您在大厅；每次扫码后 10 分钟内有效"


class PrintedNotEnough(AppError):
    code = "queue.printed_not_enough"
    status = 409
    message = "本大厅的印刷二维码不用于签到取号，请扫大厅屏幕上的动态二维码，或到咨询导办台"


class PlaceNeeded(AppError):
    code = "queue.place_needed"
    status = 409
    message = "扫印刷二维码签到需要确认您在大厅附近，请允许使用位置；不想提供位置的，请扫大厅屏幕上的动态二维码"


class HallWithoutPlace(AppError):
    code = "queue.hall_without_place"
    status = 409
    message = "本大厅尚未登记位置，印刷二维码暂不能用于签到取号，请扫大厅屏幕上的动态二维码，或到咨询导办台"


class TooFar(AppError):
    code = "queue.too_far"
    status = 409
    message = "您的手机不在大厅附近，请到大厅后再试，或扫大厅屏幕上的动态二维码"


class NoTicketsHere(AppError):
    code = "queue.no_tickets_here"
    status = 409
    message = "本大厅不取号排队，请直接到窗口办理"


class HallClosed(AppError):
    """Carries `opens`: when tickets are given out again, in words."""

    code = "queue.hall_closed"
    status = 409
    message = "大厅现在不办公，不能取号。{opens}"


class GroupClosed(AppError):
    """Carries `opens`: when tickets are given out again, in words."""

    code = "queue.group_closed"
    status = 409
    message = "这项业务现在不办理，不能取号。{opens}"


class PriorityChecked(AppError):
    code = "queue.priority_checked"
    status = 409
    message = "该号码没有待核验的优先身份，请刷新页面"


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
