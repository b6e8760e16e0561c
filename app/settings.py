"""Everything that differs between one running copy and another, read once and checked at the start."""

import re
from datetime import time
from enum import StrEnum
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from app.city import city_of, folder_of


class Environment(StrEnum):
    LOCAL = "local"
    PRODUCTION = "production"


class Group(BaseModel):
    """A nested group of settings; an unknown name in it is a mistake, so it is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WeChatSettings(Group):
    """The mini-program and the official account, which have an appid and a secret each."""

    base_url: Annotated[str, Field(description="server API of WeChat")] = "https://api.weixin.qq.com"
    oauth_url: Annotated[str, Field(description="page that asks for web authorisation")] = "https://open.weixin.qq.com"
    appid: Annotated[str, Field(description="mini-program")] = ""
    secret: Annotated[SecretStr, Field(description="mini-program")] = SecretStr("")
    push_token: Annotated[SecretStr, Field(description="Token of the mini-program's message push")] = SecretStr("")
    push_aes_key: Annotated[
        SecretStr, Field(description="EncodingAESKey of the same, 43 characters; pushed to /wechat/callback/mini")
    ] = SecretStr("")
    oa_appid: Annotated[str, Field(description="official account, for web authorisation and its chat")] = ""
    oa_secret: Annotated[SecretStr, Field(description="official account")] = SecretStr("")
    oa_push_token: Annotated[SecretStr, Field(description="Token of the official account's server")] = SecretStr("")
    oa_push_aes_key: Annotated[
        SecretStr, Field(description="EncodingAESKey of the same, 43 characters; pushed to /wechat/callback")
    ] = SecretStr("")
    page: Annotated[
        str,
        Field(
            pattern=r"^[\w-]+(/[\w-]+)+\?[^{}#\s]*\{page\}[^{}#\s]*$",
            description="page of the mini-program, as in its app.json, that opens our page {page} in a web view",
        ),
    ] = "pages/web/index?path={page}"
    templates: Annotated[
        dict[str, str],
        Field(description="WeChat's template ids of booked, changed, reminder, called and result_ready, as JSON"),
    ] = {}

    @field_validator("push_aes_key", "oa_push_aes_key")
    @classmethod
    def aes_key_is_whole(cls, key: SecretStr) -> SecretStr:
        if key.get_secret_value() and not re.fullmatch(r"[A-Za-z0-9]{43}", key.get_secret_value()):
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        return key


class TencentSmsSettings(Group):
    """The second text-message service, which shares the load and takes over when the first one is slow."""

    base_url: str = "https://sms.tencentcloudapi.com"
    secret_id: Annotated[str, Field(description="empty: there is no second service")] = ""
    secret_key: SecretStr = SecretStr("")
    app_id: Annotated[str, Field(description="SmsSdkAppId of the application")] = ""
    sign_name: Annotated[str, Field(description="as with the first; empty: the city's service")] = ""
    templates: Annotated[dict[str, str], Field(description="as with the first; the same kinds")] = {}


class SmsSettings(Group):
    """The text messages' service, and how many codes one network may ask for.

    A mobile gets one a minute and ten a day, whoever asks (security.md A08). A network cannot be held to that: a hall's
    Wi-Fi or a carrier's address stands for hundreds of people, and ten a day would turn the eleventh away. What its
    limit is to prevent is one machine that writes to many mobiles: at most 500 messages, some 25 yuan, a day.
    """

    base_url: str = "https://dysmsapi.aliyuncs.com"
    access_key_id: str = ""
    access_key_secret: SecretStr = SecretStr("")
    sign_name: Annotated[str, Field(description="signature in front of each message; empty: the city's service")] = ""
    network_a_minute: Annotated[int, Field(ge=1, description="sign-in codes that one network may ask for")] = 30
    network_a_day: Annotated[int, Field(ge=1, description="sign-in codes that one network may ask for")] = 500
    sign_in_template: Annotated[str, Field(description="template of the sign-in code")] = "SMS_SIGN_IN"
    templates: Annotated[
        dict[str, str],
        Field(description="approved templates of changed, place_offered, result_ready and chat_answered, as JSON"),
    ] = {}
    receipts_token: Annotated[
        SecretStr, Field(description="in the address that the services call with receipts: /sms/receipts/TOKEN/aliyun")
    ] = SecretStr("")
    tencent: TencentSmsSettings = TencentSmsSettings()


class PressureSettings(Group):
    """From when on a booking asks for a small proof. A network is counted far more generously: thousands of
    phones share one address of their carrier.
    """

    window_minutes: Annotated[int, Field(ge=1, description="minutes over which tries are counted")] = 10
    account_bookings: Annotated[int, Field(ge=1, description="tries to book of one account in a window")] = 12
    account_searches: Annotated[int, Field(ge=1, description="looks at slots of one account in a window")] = 200
    source_bookings: Annotated[int, Field(ge=1, description="tries to book from one network in a window")] = 3000
    source_searches: Annotated[int, Field(ge=1, description="looks at slots from one network in a window")] = 30_000
    rush_a_minute: Annotated[int, Field(ge=1, description="tries to book one day of one group of counters")] = 3000
    suspicion_minutes: Annotated[int, Field(ge=1, description="minutes for which a proof is then asked")] = 10
    work_bits: Annotated[int, Field(ge=1, le=24, description="leading zero bits that a browser has to find")] = 14


class VideoSettings(Group):
    """Visits by video: our page sends both sides to a room of the city's video service."""

    room_url: Annotated[str, Field(description="address of a room, with {room} where its name goes; empty: none")] = ""


class HttpSettings(Group):
    """What one process takes on at a time, and whose word it takes for where a request came from.

    HTTPS ends at the proxy in front, so with an https address every request comes from the proxy's. Limits and
    lock-outs count by source, and only a proxy that sends `forwarded_secret` is believed about it (Sanic's
    FORWARDED_SECRET, `Forwarded: for=…;secret=…`). Production therefore refuses to start without it.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    at_once: Annotated[int, Field(ge=1, description="handlers running in one process")] = 48
    waiting: Annotated[int, Field(ge=1, description="requests waiting for a turn before 503")] = 1000
    deadline_s: Annotated[float, Field(gt=0, description="seconds after which a request is answered 503")] = 20.0
    streams: Annotated[int, Field(ge=1, description="event streams open in one process (screens, phones)")] = 2000
    streams_per_source: Annotated[
        int, Field(ge=1, description="of them from one network; a hall's Wi-Fi shares one")
    ] = 500
    streams_per_person: Annotated[int, Field(ge=1, description="of them of one signed-in person")] = 3
    streams_look_every_s: Annotated[
        float, Field(ge=0.5, le=10, description="seconds between looks for changes that nobody announced")
    ] = 2.0
    forwarded_secret: Annotated[
        SecretStr | None, Field(description="Sanic's FORWARDED_SECRET, shared with the proxy in front")
    ] = None
    frame_ancestors: Annotated[str, Field(description="who may show our pages in a frame (CSP)")] = "'self'"


class PickupSettings(Group):
    """Results that nobody comes for, and what a hand-over leaves behind. Days are calendar days."""

    proof_required: Annotated[bool, Field(description="a hand-over at a counter needs a photo or a signature")] = True
    remind_after_days: Annotated[
        tuple[int, ...], Field(description="days after the last day to come; the last reminder offers the courier")
    ] = (3, 7, 15)
    archive_after_days: Annotated[int, Field(ge=1, description="days after that offer until it is archived")] = 15


class ChatSettings(Group):
    """The consulting service's desk."""

    at_once: Annotated[int, Field(ge=1, description="conversations that one member of staff may be busy with")] = 5
    guest_messages: Annotated[
        int, Field(ge=1, description="messages in ten minutes from one network by people who have not signed in")
    ] = 600
    answer_minutes: Annotated[
        int, Field(ge=1, description="after which a citizen whom staff took and did not answer waits for others again")
    ] = 5
    silent_minutes: Annotated[
        int, Field(ge=1, description="without a word from the citizen after staff's answer, which end a conversation")
    ] = 30


class NoticeSettings(Group):
    """When citizens are told, and when not."""

    quiet_from: Annotated[time, Field(description="from when on what can wait does so")] = time(22)
    quiet_to: Annotated[time, Field(description="until when; the same as quiet_from: no quiet hours")] = time(8)
    a_day: Annotated[int, Field(ge=1, description="pushes to one person in a day before the rest is gathered")] = 10
    gather_minutes: Annotated[int, Field(ge=1, description="for which small changes are gathered")] = 60
    unread_minutes: Annotated[
        int, Field(ge=1, description="after which a change by the hall that nobody read goes out by text message")
    ] = 10


class RetentionSettings(Group):
    """For how many days rows are kept that have served their purpose; after that a job deletes them.

    Never deleted: bookings, tickets with their steps, results, notices in the inbox, and the audit log.
    """

    slots_days: Annotated[int, Field(ge=1, description="slots of past days")] = 90
    events_days: Annotated[
        int, Field(ge=1, description="events that every subscriber has taken in; one that failed somewhere stays")
    ] = 30
    sendings_days: Annotated[
        int, Field(ge=1, description="sendings of notices that came to an end; the notices stay in the inbox")
    ] = 184
    imports_days: Annotated[
        int, Field(ge=1, description="previews of guides never applied, and the rows of applied ones (reports stay)")
    ] = 184
    scans_days: Annotated[
        int, Field(ge=2, description="scans in the halls, and the answers to those made without network")
    ] = 184
    conversations_days: Annotated[
        int,
        Field(ge=2, description="conversations, since their last word, if they have ended or the bot alone holds them"),
    ] = 184


class Settings(BaseSettings):
    """See `python -m app settings` for the table of all variables."""

    model_config = SettingsConfigDict(
        env_prefix="ZHANGBAN_", env_nested_delimiter="__", frozen=True, extra="forbid", env_ignore_empty=True
    )

    environment: Environment = Environment.LOCAL
    city: Annotated[str, Field(description="folder under app/cities")] = "huainan"
    public_url: Annotated[str, Field(description="address under which citizens reach us")] = "http://127.0.0.1:8000"
    database_url: Annotated[str, Field(description="sqlite:///path or mysql://user:password@host:port/name")] = (
        "sqlite://var/zhangban.db"
    )
    redis_url: Annotated[str | None, Field(description="wakes the workers of other processes; not needed")] = None
    keys_file: Annotated[
        Path, Field(description="keys of sealed fields and signed codes; made at the first local start")
    ] = Path("var/keys.json")
    files_folder: Annotated[
        Path, Field(description="sealed pictures of hand-overs; all processes share it, no web server serves it")
    ] = Path("var/files")
    worker_inside: Annotated[bool, Field(description="run the worker in the serve process")] = True
    worker_looks_every_s: Annotated[
        float, Field(gt=0, le=60, description="seconds between looks for new work that no wake-up announced")
    ] = 1.0
    http: HttpSettings = HttpSettings()
    wechat: WeChatSettings = WeChatSettings()
    sms: SmsSettings = SmsSettings()
    pickup: PickupSettings = PickupSettings()
    chat: ChatSettings = ChatSettings()
    notices: NoticeSettings = NoticeSettings()
    retention: RetentionSettings = RetentionSettings()
    video: VideoSettings = VideoSettings()
    pressure: PressureSettings = PressureSettings()

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def uses_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @field_validator("city")
    @classmethod
    def city_is_known(cls, code: str) -> str:
        try:
            city_of(code)
        except OSError:
            raise ValueError(f"no city.json in {folder_of(code)}; see app/cities/README.md") from None
        return code

    @model_validator(mode="after")
    def production_is_safe(self) -> Self:
        if self.is_production and (faults := list(_faults(self))):
            raise ValueError("production refuses to start: " + "; ".join(faults))
        return self


def faults_told(exc: ValidationError | SettingsError) -> list[str]:
    """Which variables are wrong and why, a line each. Never their values: there are secrets among them."""
    if isinstance(exc, SettingsError):
        return [f"settings: {exc}"]
    told = []
    for fault in exc.errors(include_url=False, include_input=False, include_context=False):
        variable = "ZHANGBAN_" + "__".join(str(part).upper() for part in fault["loc"])
        where = variable if fault["loc"] else "settings"
        told.append(f"{where}: {fault['msg'].removeprefix('Value error, ')}")
    return told


# Where each platform really lives. A stand-in, or a mistyped host, must not see citizens' data.
REAL_HOSTS = {
    "wechat.base_url": {"api.weixin.qq.com", "api2.weixin.qq.com", "sh.api.weixin.qq.com", "sz.api.weixin.qq.com"},
    "wechat.oauth_url": {"open.weixin.qq.com"},
    "sms.base_url": {"dysmsapi.aliyuncs.com"},
    "sms.tencent.base_url": {"sms.tencentcloudapi.com"},
}
SECRETS = ("wechat.secret", "wechat.oa_secret", "sms.access_key_secret")


def _faults(settings: Settings) -> list[str]:
    return [*_local_habits(settings), *_stand_ins(settings), *_missing_secrets(settings)]


def _local_habits(settings: Settings) -> list[str]:
    checks = {
        "SQLite serves one process; set ZHANGBAN_DATABASE_URL to MySQL": settings.uses_sqlite,
        "ZHANGBAN_PUBLIC_URL must begin with https://": not settings.is_https,
        "the worker is its own process; set ZHANGBAN_WORKER_INSIDE=false": settings.worker_inside,
        "ZHANGBAN_HTTP__FORWARDED_SECRET is missing: behind one proxy all people would share one address, and one "
        "person's mistakes would lock everybody out": settings.is_https and not _secret(settings.http.forwarded_secret),
        "ZHANGBAN_VIDEO__ROOM_URL must begin with https:// and hold {room}": not _is_room(settings.video.room_url),
        f"no keys at {settings.keys_file}; make them with `python -m app keys`": not settings.keys_file.exists(),
    }
    return [fault for fault, holds in checks.items() if holds]


def _is_room(pattern: str) -> bool:
    return not pattern or (pattern.startswith("https://") and "{room}" in pattern)


def _stand_ins(settings: Settings) -> list[str]:
    return [
        f"{_variable(name)} is not the real platform"
        for name, hosts in REAL_HOSTS.items()
        if not _is_at(_value(settings, name), hosts)
    ]


def _missing_secrets(settings: Settings) -> list[str]:
    return [f"{_variable(name)} is missing" for name in SECRETS if not _value(settings, name).get_secret_value()]


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def _is_at(address: str, hosts: set[str]) -> bool:
    url = urlsplit(address)
    return url.scheme == "https" and url.hostname in hosts and url.port in (None, 443)


def _value(settings: Settings, name: str) -> Any:
    return attrgetter(name)(settings)


def _variable(name: str) -> str:
    return "ZHANGBAN_" + name.replace(".", "__").upper()
