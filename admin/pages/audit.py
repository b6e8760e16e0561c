"""审计日志: who did or read what, whose, when and why. Searching it is written down too."""

from datetime import timedelta
from math import ceil

from sanic import Blueprint, HTTPResponse

from admin import asked
from admin.caller import render, staff_page
from app import clock
from app.http.context import AppRequest
from app.staff import queries
from app.staff.auditing import audit
from app.staff.queries import Member

pages = Blueprint("admin_audit")

PAGE_SIZE = 50
FIELDS = ("action", "staff_name", "subject")

# What audit rows call an act, in words: all that there are, since nobody can look for another one.
ACTIONS = {
    "staff.sign_in": "登录",
    "staff.sign_in_refused": "登录失败",
    "staff.add": "新增账号",
    "staff.change_access": "更改权限",
    "staff.change_password": "修改密码",
    "staff.reset_password": "重置密码",
    "queue.arrive": "签到取号",
    "queue.call": "叫号",
    "queue.recall": "重呼",
    "queue.serve": "开始办理",
    "queue.skip": "顺延",
    "queue.miss": "过号",
    "queue.hold": "暂离窗口",
    "queue.park": "挂起",
    "queue.resume": "继续办理",
    "queue.transfer": "转窗口",
    "queue.finish": "办理完成",
    "queue.requeue": "恢复排队",
    "queue.restore": "撤销过号",
    "queue.reopen": "撤销完成",
    "queue.prio_checked": "核实优先",
    "queue.prio_refused": "不予优先",
    "queue.sync_offline": "补报离线签到",
    "desk.open": "开窗",
    "desk.take_over": "接替窗口",
    "desk.pause": "暂停窗口",
    "desk.go_on": "继续受理",
    "desk.close": "收窗",
    "alarm.raise": "告警",
    "alarm.take": "处理告警",
    "alarm.end": "解除告警",
    "queue.set_policy": "调整排队规则",
    "halls.set_place": "登记大厅位置",
    "device.add": "添加大厅设备",
    "device.renew": "重新生成配对链接",
    "device.revoke": "停用大厅设备",
    "machine.add": "添加自助柜",
    "machine.revoke": "停用自助柜",
    "posters.print": "打印海报",
    "statistics.export": "导出统计",
    "pickup.list": "查看取件列表",
    "pickup.view": "查看取件",
    "pickup.mark_ready": "登记待领",
    "pickup.present": "核验取件码",
    "pickup.hand_over": "交付结果",
    "pickup.undo_hand_over": "撤销交付",
    "pickup.view_photo": "查看领取照片",
    "pickup.view_signature": "查看领取签名",
    "pickup.store": "放入自助柜",
    "pickup.take_out": "从自助柜取回",
    "pickup.read_address": "查看寄送地址",
    "pickup.send": "寄出结果",
    "pickup.bring_back": "从归档取回",
    "pickup.export": "导出取件列表",
    "pickup.sync_offline": "补报离线交付",
    "pickup.slip": "开取件凭条",
    "booking.list": "查看预约列表",
    "booking.waiting": "查看候补名单",
    "booking.enter_room": "进入视频",
    "booking.call": "呼叫群众",
    "booking.finish_remote": "远程办理结果",
    "booking.view": "查看预约",
    "booking.reveal": "查看原文",
    "booking.book_for": "代预约",
    "booking.cancel_for": "代取消",
    "booking.reschedule_for": "代改期",
    "booking.change_hours": "调整开放时间",
    "booking.undo_hours": "撤销开放时间调整",
    "booking.set_figures": "调整预约规则",
    "booking.set_counters": "调整放号窗口",
    "booking.restrictions": "查看限制名单",
    "notify.unreached": "查看没有送达的通知",
    "booking.decide_appeal": "答复申诉",
    "ratings.list": "查看群众评价",
    "scans.list": "查看扫码记录",
    "matters.preview_import": "预览导入",
    "matters.apply_import": "导入事项",
    "matters.undo_import": "撤销导入",
    "matters.export": "导出事项",
    "matters.confirm": "核对指南",
    "matters.correct": "更正指南",
    "matters.suspend": "暂停办理事项",
    "matters.resume": "恢复办理事项",
    "workdays.set_day": "更正工作日历",
    "workdays.import": "导入放假通知",
    "workdays.undo": "撤销日历更改",
    "outbox.retry": "重试任务",
    "chat.list": "查看咨询列表",
    "chat.view": "查看咨询",
    "chat.view_file": "查看咨询图片",
    "chat.claim": "接待咨询",
    "chat.reply": "答复咨询",
    "chat.note": "咨询备注",
    "chat.transfer": "转出咨询",
    "chat.pass_on": "转给同事",
    "chat.give_back": "退回咨询",
    "chat.overflow": "咨询溢出",
    "chat.close_silent": "无留言结束咨询",
    "chat.on_duty": "咨询上岗",
    "chat.off_duty": "咨询小休",
    "chat.set_most": "调整接待上限",
    "chat.save_queue": "保存咨询队列",
    "chat.remove_queue": "删除咨询队列",
    "chat.save_phrase": "保存常用语",
    "chat.remove_phrase": "删除常用语",
    "chat.add_label": "新增标签",
    "chat.remove_label": "删除标签",
    "chat.label": "标注咨询",
    "chat.add_word": "新增提醒用词",
    "chat.remove_word": "删除提醒用词",
    "chat.history": "查看咨询历史",
    "chat.export": "导出咨询列表",
    "chat.figures": "导出咨询统计",
    "chat.consults": "查看留言答复",
    "chat.export_consults": "导出咨询记录",
    "chat.delay": "填写延期原因",
    "chat.close": "结束咨询",
    "faqs.add": "新增问答",
    "faqs.edit": "修改问答",
    "faqs.confirm": "核对问答",
    "faqs.retire": "停用问答",
    "faqs.resume": "恢复使用问答",
    "faqs.restore": "恢复问答版本",
    "faqs.add_similar": "增加相似问法",
    "faqs.merge": "合并问答",
    "faqs.split": "拆分问答",
    "faqs.settle": "归入群众提问",
    "faqs.compare": "比较门槛",
    "faqs.export": "导出问答",
    "faqs.preview_import": "预览问答导入",
    "faqs.apply_import": "导入问答",
    "faqs.undo_import": "撤销问答导入",
    "rules.save": "修改关键词规则",
    "rules.switch": "启停关键词规则",
    "rules.restore": "恢复关键词规则",
    "faqs.dismiss": "忽略群众提问",
    "faqs.reopen": "撤销忽略",
    "audit.search": "查询审计日志",
}


@pages.get("/audit")
@staff_page()
async def search(request: AppRequest, member: Member) -> HTTPResponse:
    """Rows of some days, newest first."""
    first, last, page = asked.day(request, "first"), asked.day(request, "last"), asked.page(request)
    sought = {name: (request.args.get(name) or "").strip()[:96] for name in FIELDS}
    rows, total = await queries.audit_rows(
        since=asked.midnight(first),
        until=asked.midnight(last) + timedelta(days=1),
        page=page,
        page_size=PAGE_SIZE,
        **sought,
    )
    details = {"first": str(first), "last": str(last), "page": page, **sought}
    await audit(by=member.by, action="audit.search", details=details, now=clock.now())
    return render(
        request, "audit.html", first=first, last=last, asked=sought, rows=rows, total=total, page=page,
        pages=ceil(total / PAGE_SIZE), actions=ACTIONS,
    )  # fmt: skip
