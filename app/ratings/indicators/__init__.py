"""The reasons people choose from, by grade. A new version is a new file; old ones stay, for what was chosen then."""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Indicators:
    """One version: grade to the names of its reasons by code."""

    version: str
    grades: dict[int, dict[str, str]]

    def of_grade(self, grade: int) -> dict[str, str]:
        return self.grades.get(grade, {})

    def name(self, code: str) -> str:
        """The reason in words; the code itself when this version has none such."""
        return next((reasons[code] for reasons in self.grades.values() if code in reasons), code)


def load(folder: Path = FOLDER) -> dict[str, Indicators]:
    """All versions by name."""
    found: dict[str, Indicators] = {}
    for path in sorted(folder.glob("*.json")):
        grades = json.loads(path.read_text(encoding="utf-8"))["grades"]
        found[path.stem] = Indicators(path.stem, {int(grade): reasons for grade, reasons in grades.items()})
    return found


VERSIONS = load()
CURRENT = VERSIONS[max(VERSIONS)]  # named so that the newest sorts last
