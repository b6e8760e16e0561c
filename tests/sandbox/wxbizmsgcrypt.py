"""WeChat's side of an encrypted callback, written from the protocol page and not from the library the product uses."""

import base64
import hashlib
import os
from dataclasses import dataclass
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


@dataclass(frozen=True)
class Crypt:
    """One account as WeChat knows it."""

    token: str
    aes_key: str
    appid: str

    def signature(self, *parts: str) -> str:
        return hashlib.sha1("".join(sorted((self.token, *parts))).encode()).hexdigest()

    def encrypt(self, text: str, *, random: bytes | None = None, padding: bytes | None = None) -> str:
        """`random`: 16 bytes, for vectors. `padding`: wrong bytes in place of the right ones."""
        message = text.encode()
        plain = (random or os.urandom(16)) + len(message).to_bytes(4, "big") + message + self.appid.encode()
        missing = 32 - len(plain) % 32
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain + (padding or bytes([missing]) * missing))).decode()

    def decrypt(self, encrypted: str) -> str:
        plain = self._cipher().decryptor().update(base64.b64decode(encrypted))
        plain = plain[: -plain[-1]]
        length = int.from_bytes(plain[16:20], "big")
        assert plain[20 + length :] == self.appid.encode()
        return plain[20 : 20 + length].decode()

    def push(self, xml: str, *, at: int, nonce: str = "n0nce") -> tuple[dict[str, str], bytes]:
        """The query and the body with which WeChat brings a message."""
        encrypted = self.encrypt(xml)
        query = {
            "timestamp": str(at), "nonce": nonce, "encrypt_type": "aes", "openid": "o-somebody",
            "signature": self.signature(str(at), nonce), "msg_signature": self.signature(str(at), nonce, encrypted),
        }  # fmt: skip
        body = f"<xml><ToUserName><![CDATA[gh_hn]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        return query, body.encode()

    def answer(self, body: str) -> dict[str, str]:
        """The fields of an encrypted answer, once its signature is right."""
        outer = _fields(body)
        assert outer["MsgSignature"] == self.signature(outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
        return _fields(self.decrypt(outer["Encrypt"]))

    def _cipher(self) -> Cipher[modes.CBC]:
        key = base64.b64decode(self.aes_key + "=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def _fields(xml: str) -> dict[str, str]:
    return {element.tag: element.text or "" for element in ElementTree.fromstring(xml)}
