"""What the worker does for conversations and for what the bot learns."""

from datetime import timedelta
from functools import partial

from app.http.context import Context
from app.platforms.wechat import WeChat
from app.settings import Settings
from app.worker import Job
from chatbot import attachments, deliveries, purging, unread
from chatbot import jobs as desk
from chatbot.channels import wechat as wechat_channel
from chatbot.learning import collecting
from chatbot.learning.files import importing as faq_imports


def jobs(settings: Settings, context: Context) -> list[Job]:
    """Learning, sending and fetching, the desk, and forgetting."""
    client, folder = context.platform(WeChat), settings.files_folder
    chats = deliveries.Sender(client, text_of=partial(wechat_channel.text_of, url=settings.public_url), folder=folder)
    fetch = partial(attachments.fetch_due, wechat=client, folder=folder)
    look, kept = timedelta(seconds=settings.worker_looks_every_s), settings.retention
    second, hour = timedelta(seconds=1), timedelta(hours=1)
    return [
        Job("chatbot: read questions", 15 * second, collecting.collect),
        Job("chatbot: forget questions", hour, partial(collecting.purge, keep_days=kept.conversations_days)),
        Job("chatbot: forget files", hour, partial(faq_imports.purge, keep_days=kept.imports_days)),
        Job("chatbot: send", look, chats.send_due, is_woken=True),
        Job("chatbot: tell", 10 * second, unread.tell),
        Job("chatbot: fetch files", look, fetch, is_woken=True),
        Job("chatbot: sweep files", hour, partial(attachments.sweep, folder)),
        Job("chatbot: purge", hour, partial(purging.purge, keep_days=kept.conversations_days, folder=folder)),
        *_desk_jobs(settings),
    ]


def _desk_jobs(settings: Settings) -> list[Job]:
    chat, often = settings.chat, timedelta(seconds=5)
    back = partial(desk.give_back_unanswered, city=settings.city, minutes=chat.answer_minutes)
    silent = partial(desk.close_silent, minutes=chat.silent_minutes)
    return [
        Job("chatbot: give back", often, back),
        Job("chatbot: overflow", often, desk.overflow),
        Job("chatbot: end silent ones", timedelta(minutes=1), silent),
    ]
