"""Why a booking is refused, each with its own code and what to do next."""

from app.errors import AppError


class BookingRefused(AppError):
    status = 409


class SlotFull(BookingRefused):
    code = "booking.slot_full"
    message = "该时段已约满，请选择其他时段"


class SlotPassed(BookingRefused):
    code = "booking.slot_passed"
    message = "该时段已过，请选择其他时段"


class SlotClosed(BookingRefused):
    code = "booking.slot_closed"
    message = "该时段已停止预约，请选择其他时段"


class SlotForeign(BookingRefused):
    code = "booking.slot_foreign"
    message = "所选时段的大厅或窗口不办理该事项，请返回重新选择大厅"


class SlotTooShort(BookingRefused):
    code = "booking.slot_too_short"
    message = "所选事项需要连续 {minutes} 分钟，该时段之后时间不够，请选择更早的时段或分开预约"


class TooEarly(BookingRefused):
    code = "booking.too_early"
    message = "请至少提前 {minutes} 分钟预约，请选择更晚的时段，或直接到大厅取号"


class TooLate(BookingRefused):
    code = "booking.too_late"
    message = "目前只能预约 {days} 天以内的时段，请选择更近的日期"


class DayLimit(BookingRefused):
    code = "booking.day_limit"
    message = "您当天已有 {limit} 个预约，请改约其他日期，或先取消不需要的预约"
    to_staff = "此人当天已有 {limit} 个预约，请改约其他日期，或先为其取消不需要的预约"


class TooMuchAtOnce(BookingRefused):
    code = "booking.too_much_at_once"
    message = "一次最多预约 {matters} 个事项、{people} 人，请分开预约"


class AlreadyBooked(BookingRefused):
    code = "booking.already_booked"
    message = "您已预约该事项，请在“我的预约”中查看、改期或取消"
    to_staff = "此人已有该事项的预约，可为其改期或取消，不必再约"


class NotBookable(BookingRefused):
    code = "booking.not_bookable"
    message = "该事项暂不支持预约，请查看办事指南或直接到大厅办理"


class TriageNeeded(BookingRefused):
    code = "booking.triage_needed"
    message = "请先回答几个问题，确认要办的是这个事项，再选择时段"


class WrongMatter(BookingRefused):
    code = "booking.wrong_matter"
    message = "按您的回答，要办的是“{name}”：{text}。请改约该事项"


class VisitNotNeeded(BookingRefused):
    code = "booking.visit_not_needed"
    message = "按您的回答，不用预约这个事项：{text}"


class NoSuchQuestion(BookingRefused):
    code = "booking.no_such_question"
    status = 422
    message = "这个事项没有问题“{key}”，请刷新页面后重新回答"


class NotTogether(BookingRefused):
    code = "booking.not_together"
    message = "所选事项不能在同一窗口办理，请分开预约"


class Restricted(BookingRefused):
    code = "booking.restricted"
    message = "因多次预约未到，您在 {until} 前不能预约；如有疑问可在“我的预约”中提出申诉，也可直接到大厅取号"
    to_staff = "此人因多次预约未到，在 {until} 前不能预约；可为其现场取号，有疑问的由负责人在“爽约与申诉”中处理"


class RebookLimit(BookingRefused):
    code = "booking.rebook_limit"
    message = "您今天已多次取消该事项或时段（占号未确认也算），每天最多重约 {times} 次，请明天再约，或直接到大厅取号"


class ProofNeeded(BookingRefused):
    """`details` carry the challenge: the sum answers it, or the work where there is some, in the same request again."""

    code = "booking.proof_needed"
    status = 403
    message = "现在预约的人较多，请回答一个小问题后再提交：{question}"


class HoldExpired(BookingRefused):
    code = "booking.hold_expired"
    message = "为您保留的时段已超时释放，请重新选择时段"


class NotConfirmed(BookingRefused):
    code = "booking.not_confirmed"
    message = "该预约尚未确认，请先确认预约"


class AlreadyConfirmed(BookingRefused):
    code = "booking.already_confirmed"
    message = "该预约已确认，无需重复操作，请在“我的预约”中查看"


class CancelTooLate(BookingRefused):
    code = "booking.cancel_too_late"
    message = "距预约时间不足 {minutes} 分钟，不能在线取消或改期；如不能前来，请致电大厅说明"


class IsCancelled(BookingRefused):
    code = "booking.cancelled"
    message = "该预约已取消，如需办理请重新预约"


class IsUsed(BookingRefused):
    code = "booking.used"
    message = "该预约已签到使用，不能再次操作；如有疑问请咨询导办台"


class IsMissed(BookingRefused):
    code = "booking.missed"
    message = "该预约已过期未到，请重新预约或直接到大厅取号"


class NoMoreReschedules(BookingRefused):
    code = "booking.no_more_reschedules"
    message = "每个预约可改期 {times} 次，您已用完；如需其他时间，请取消后重新预约"


class SameSlot(BookingRefused):
    code = "booking.same_slot"
    message = "您已预约的正是该时段，如需改期请选择其他时段"
    to_staff = "该预约现在就是这个时段，请选择其他时段"


class CodeReplaced(BookingRefused):
    code = "booking.code_replaced"
    message = "该二维码已失效，请打开“我的预约”出示最新的预约码"


class NotToday(BookingRefused):
    code = "booking.not_today"
    message = "该预约的日期是 {on}，请在预约当天签到"


class WrongHall(BookingRefused):
    code = "booking.wrong_hall"
    message = "该预约在另一个大厅，请核对预约信息中的大厅地址"


class ChangedMeanwhile(BookingRefused):
    code = "booking.changed_meanwhile"
    message = "该预约刚刚有变动，请刷新页面查看后重试"


class HasPlaces(BookingRefused):
    code = "booking.has_places"
    message = "这个时段现在有空号，请直接预约"


class LinePassed(BookingRefused):
    code = "booking.line_passed"
    message = "这个日期或时间已过，不能候补，请选择之后的日期"


class LineClosed(BookingRefused):
    code = "booking.line_closed"
    message = "大厅这一天的该时段不开放，不能候补，请选择其他日期"


class AlreadyWaiting(BookingRefused):
    code = "booking.already_waiting"
    message = "您已在该时段的候补名单中，请在“我的预约”中查看排位"


class WaitingLimit(BookingRefused):
    code = "booking.waiting_limit"
    message = "最多同时候补 {limit} 个时段，请先退出不需要的候补"


class NotWaiting(BookingRefused):
    code = "booking.not_waiting"
    message = "该候补已结束，请刷新页面查看；如仍需办理，请重新预约或候补"


class NothingOffered(BookingRefused):
    code = "booking.nothing_offered"
    message = "目前还没有为您保留的号，轮到您时会通知"


class NoCheckIn(BookingRefused):
    code = "booking.no_check_in"
    message = "这是{kind}的预约，不用到大厅，也不用签到取号"


class NotRemote(BookingRefused):
    code = "booking.not_remote"
    message = "该预约不是这种远程办理方式，请刷新页面查看"


class NoVideo(BookingRefused):
    code = "booking.no_video"
    message = "本大厅暂未开通视频办理，请选择到大厅办理"


class RoomClosed(BookingRefused):
    code = "booking.room_closed"
    message = "视频在预约时间前 10 分钟开放，结束后 30 分钟关闭；现在进不去，请按时再来或致电大厅"


class TooSoonToEnd(BookingRefused):
    code = "booking.too_soon_to_end"
    message = "预约时间还没到，不能记为办结或未接通"


class NothingToAppeal(BookingRefused):
    code = "booking.nothing_to_appeal"
    message = "您当前没有预约限制，可以正常预约"


class AppealedAlready(BookingRefused):
    code = "booking.appealed_already"
    message = "您的申诉已提交，处理结果会通知您，请耐心等待"


class AlreadyDecided(BookingRefused):
    code = "booking.already_decided"
    message = "该申诉已由其他工作人员处理，请刷新页面查看结果"


class AlreadyUndone(BookingRefused):
    code = "booking.already_undone"
    message = "该调整已撤销，请刷新页面查看"


class BadHours(BookingRefused):
    """`fields` names what of the change is wrong."""

    code = "booking.bad_hours"
    status = 422
    message = "开放时间有误：{fault}"

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(fault="；".join(fields.values()), fields=fields)


class CalendarDecides(BookingRefused):
    code = "booking.calendar_decides"
    message = "这项调整由工作日历带来，请由系统管理员在“工作日历”中撤销或更正"
