"""Why a result cannot be put on the shelf, shown, handed over, sent or archived."""

from app.errors import AppError


class AlreadyReady(AppError):
    code = "pickup.already_ready"
    status = 409
    message = "该结果已登记待领，存放在 {shelf}，无需重复登记"


class AlreadyHandedOver(AppError):
    code = "pickup.already_handed_over"
    status = 409
    message = "该结果已于 {at} 由{giver}交付，不能重复领取；如有疑问请拨打 12345"
    to_staff = "该结果已于 {at} 由 {by} 交付，不能重复领取"


class NotReady(AppError):
    code = "pickup.not_ready"
    status = 409
    message = "该结果还在制作中，做好后会通知您"


class InLocker(AppError):
    code = "pickup.in_locker"
    status = 409
    message = "该结果存放在自助柜“{machine}”{no} 号格，请到自助柜领取，或由工作人员取出后办理"


class CourierAsked(AppError):
    code = "pickup.courier_asked"
    status = 409
    message = "该结果已申请邮寄，正在等待寄出；改为到大厅领取请先取消邮寄"


class AlreadySent(AppError):
    code = "pickup.already_sent"
    status = 409
    message = "该结果已交{carrier}寄出，单号 {waybill}，请等待收件"


class Archived(AppError):
    code = "pickup.archived"
    status = 409
    message = "该结果逾期未领，已归档保存，请到大厅窗口申请调回后领取"


class NotNow(AppError):
    """Carries `allowed`: what may be done in this state."""

    code = "pickup.not_now"
    status = 409
    message = "该结果当前是“{state}”，不能这样操作，请刷新页面"


class WrongHall(AppError):
    code = "pickup.wrong_hall"
    status = 409
    message = "该结果存放在{hall}，不在本大厅，请引导群众前往"


class CodeReplaced(AppError):
    code = "pickup.code_replaced"
    status = 409
    message = "该取件码已失效，请群众打开“取件”页面出示最新取件码"


class DigitsWrong(AppError):
    """One answer for unknown digits and for a tail that does not fit: neither may be guessed by itself."""

    code = "pickup.digits_wrong"
    status = 422
    message = "取件数字或尾号不正确，请核对 8 位取件数字和本人手机号或身份证号后四位"


class TailMissing(AppError):
    code = "pickup.tail_missing"
    status = 422
    message = "使用 8 位取件数字时，请同时输入本人手机号或身份证号的后四位；代领的，输入代领人证件号后四位"


class NotPresented(AppError):
    code = "pickup.not_presented"
    status = 409
    message = "请先扫描取件码或输入取件数字，当面核对身份后再交付"


class ItemsDiffer(AppError):
    code = "pickup.items_differ"
    status = 409
    message = "清点数量不符：登记 {expected} 件，实点 {counted} 件，请重新清点"


class BookingNotFound(AppError):
    code = "pickup.booking_not_found"
    status = 422
    message = "没有这个预约号，请核对 16 位预约号后重新输入"


class ProxyExists(AppError):
    code = "pickup.proxy_exists"
    status = 409
    message = "您已委托 {name} 代领，更换代领人请先撤销"


class ProxyRevoked(AppError):
    code = "pickup.proxy_revoked"
    status = 409
    message = "该代领委托已由本人撤销，不能领取，请联系委托人"


class ProxyExpired(AppError):
    code = "pickup.proxy_expired"
    status = 409
    message = "该代领委托已过有效期，请委托人重新委托"


class ProxyUsed(AppError):
    code = "pickup.proxy_used"
    status = 409
    message = "该代领委托已使用，结果已于 {at} 由{giver}交付；如有疑问请拨打 12345"
    to_staff = "该代领委托已使用，结果已于 {at} 由 {by} 交付"


class ProxyNotConfirmed(AppError):
    code = "pickup.proxy_not_confirmed"
    status = 409
    message = "这是代领：请核对代领人证件与“{name} 证件尾号 {tail}”一致，勾选确认后再交付"


class ReceiverDiffers(AppError):
    code = "pickup.receiver_differs"
    status = 409
    message = "领取人姓名与委托的代领人（{name}）不一致，请核对证件；姓名填错的，请委托人撤销后重新委托"


class ProofMissing(AppError):
    code = "pickup.proof_missing"
    status = 422
    message = "请拍照或让领取人签名，留下交付凭据后再确认"


class UndoTooLate(AppError):
    code = "pickup.undo_too_late"
    status = 409
    message = "只有经办人能在交付后 60 秒内撤销，现在已不能撤销"


class CourierNotOffered(AppError):
    code = "pickup.courier_not_offered"
    status = 409
    message = "该结果还在领取期限内，请到大厅领取；逾期后可申请邮寄"


class SlipNotNeeded(AppError):
    code = "pickup.slip_not_needed"
    status = 409
    message = "这位群众有掌办账号，请在手机“取件”页面查看取件码，不需要凭条"


class CompartmentTaken(AppError):
    code = "pickup.compartment_taken"
    status = 409
    message = "{no} 号格里已有物品，请选择其他格"


class NotInThisLocker(AppError):
    code = "pickup.not_in_this_locker"
    status = 409
    message = "该结果不在这台自助柜，请按通知中的地点领取"


class BeingOpened(AppError):
    code = "pickup.being_opened"
    status = 409
    message = "柜门正在打开，请取走物品；没有打开的，请 90 秒后再试"


class ReservationOver(AppError):
    code = "pickup.reservation_over"
    status = 409
    message = "这次开门已失效，请重新出示取件码"


class ProxyNeedsCounter(AppError):
    code = "pickup.proxy_needs_counter"
    status = 409
    message = "代领须核对证件，请到窗口领取"
