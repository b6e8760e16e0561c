"""Pictures that people hand in, made harmless: decoded and written anew in a process of its own with little to lose.

What comes out is a JPEG without metadata. The decoder sees JPEG and PNG only, with a limit on pixels, memory and time
(security.md E01, E02).
"""

import asyncio
import sys
from pathlib import Path

from app.errors import AppError

MAX_BYTES = 5 * 1024 * 1024
PATIENCE_S = 20
_PROGRAM = Path(__file__).with_name("reencode.py")
_turns = asyncio.Semaphore(2)  # as many as there are cores to spare


class NotAPicture(AppError):
    """Whatever is wrong with it; a finer answer would only help to make a worse one."""

    code = "picture.unreadable"
    status = 422
    message = "无法读取这张图片，请使用 JPG 或 PNG 格式的照片重试"


class PictureTooLarge(AppError):
    code = "picture.too_large"
    status = 413
    message = "照片超过 5 MB，请调低相机分辨率后重拍"


async def harmless(content: bytes) -> bytes:
    """The picture as a fresh JPEG of at most 1600 pixels a side. Raises `PictureTooLarge` or `NotAPicture`."""
    if len(content) > MAX_BYTES:
        raise PictureTooLarge()
    async with _turns:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(_PROGRAM),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                made, _ = await process.communicate(content)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise NotAPicture() from None
    if process.returncode != 0 or not made:
        raise NotAPicture()
    return made
