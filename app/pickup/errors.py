"""Why a result cannot be put on the shelf or handed over."""

from app.errors import AppError


class AlreadyReady(AppError):
    code = "pickup.already_ready"
    status = 409
    message = "该结果已登记待领，存放在 {shelf}，无需重复登记"


class AlreadyHandedOver(AppError):
    code = "pickup.already_handed_over"
    status = 409
    message = "该结果已于 {at} 由 {by} 交付，不能重复领取"


class NotReady(AppError):
    code = "pickup.not_ready"
    status = 409
    message = "该结果还在制作中，做好后会通知您"


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
    message = "使用 8 位取件数字时，请同时输入本人手机号或身份证号的后四位"


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
