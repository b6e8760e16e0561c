"""The texts a citizen agrees to. A new version is a new file; old ones stay, for what was agreed to then."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class ConsentText:
    name: str
    version: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def active_key(citizen_id: int, name: str) -> str:
    """By which the consent that holds now is found."""
    return f"{citizen_id}:{name}"


def _load() -> dict[str, ConsentText]:
    texts: dict[str, ConsentText] = {}
    for path in sorted(FOLDER.glob("*.txt")):
        name, _, version = path.stem.partition("-")
        texts[name] = ConsentText(name, version, path.read_text(encoding="utf-8"))  # the newest sorts last
    return texts


CURRENT = _load()
