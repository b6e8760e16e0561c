"""Codes that leave the system: opaque, unguessable, and safe to read out over a telephone."""

import hashlib
import secrets

# Crockford's base 32 without vowels that look like digits: no I, L, O, U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_code(length: int = 16) -> str:
    """A random code; 16 characters carry 80 bits, so nobody finds a neighbour's by counting or guessing."""
    return "".join([ALPHABET[byte & 31] for byte in secrets.token_bytes(length)])


def hashed(secret: str) -> str:
    """What is stored of a long random secret, whatever bytes it came in. Not for what people could guess."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_digits(length: int) -> str:
    """A random code of ASCII digits, for people to type. Guard it with a limit on tries."""
    return "".join(secrets.choice("0123456789") for _ in range(length))
