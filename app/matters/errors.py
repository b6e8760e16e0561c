"""Why something about matters is refused."""

from app.errors import AppError


class ChangedMeanwhile(AppError):
    code = "matters.changed_meanwhile"
    status = 409
    message = "该事项刚刚被他人修改，请刷新后在最新内容上重新修改"


class FileRefused(AppError):
    """The whole file cannot be read; nothing was changed. `reason` says what is wrong and what to do."""

    code = "matters.file_refused"
    status = 422
    message = "文件未导入：{reason}"


class ImportGone(AppError):
    code = "matters.import_not_waiting"
    status = 409
    message = "这次导入已经执行或撤销，请重新上传文件预览"


class ImportOutdated(AppError):
    code = "matters.import_outdated"
    status = 409
    message = "预览之后有 {count} 个事项被修改过，请重新上传文件预览后再导入"


class ImportDiffers(AppError):
    code = "matters.import_differs"
    status = 409
    message = "要导入的内容与预览的文件不一致，请重新上传文件预览"


class UndoTooLate(AppError):
    code = "matters.undo_too_late"
    status = 409
    message = "不能撤销：导入之后有 {count} 个事项又被修改过，请逐个在事项中改回"


class NotApplied(AppError):
    code = "matters.import_not_applied"
    status = 409
    message = "这次导入没有执行或已经撤销，无需再撤销"
