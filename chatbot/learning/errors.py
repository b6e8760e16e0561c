"""Why something about the knowledge base is refused."""

from app.errors import AppError


class FaqChanged(AppError):
    code = "faqs.changed_meanwhile"
    status = 409
    message = "问答 {code} 刚刚被他人修改，请刷新后在最新内容上重新修改"


class RuleChanged(AppError):
    code = "rules.changed_meanwhile"
    status = 409
    message = "这条规则刚刚被他人修改，请刷新后在最新内容上重新修改"


class NothingToUndo(AppError):
    code = "faqs.nothing_to_undo"
    status = 409
    message = "这条问答已是这个状态，请刷新页面查看最新情况"


class AlreadyDecided(AppError):
    code = "faqs.already_decided"
    status = 409
    message = "这个问题已由 {name} 处理，请刷新列表处理下一个"


class ImportGone(AppError):
    code = "faqs.import_not_waiting"
    status = 409
    message = "这次导入已经执行或撤销，请重新上传文件预览"


class ImportDiffers(AppError):
    code = "faqs.import_differs"
    status = 409
    message = "要导入的内容与预览的文件不一致，请重新上传文件预览"


class NotApplied(AppError):
    code = "faqs.import_not_applied"
    status = 409
    message = "这次导入没有执行或已经撤销，无需再撤销"
