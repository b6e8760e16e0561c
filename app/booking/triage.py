"""Questions before a booking: do the answers fit the matter that is to be booked? Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.booking.errors import NoSuchQuestion, TriageNeeded, VisitNotNeeded, WrongMatter
from app.matters.guide import Ending, Question, Triage

Answers = Mapping[str, bool]  # key of a question to yes or no


@dataclass(frozen=True)
class Asked:
    """The questions of one matter, and the names of the matters that they lead to."""

    triage: Triage
    names: Mapping[str, str]

    def ensure_right(self, answers: Answers) -> None:
        """Raises WrongMatter or VisitNotNeeded when the answers lead elsewhere, TriageNeeded when they are needed."""
        unanswered = []
        for question in self.triage.questions:
            if question.key not in answers:
                unanswered.append(question)
            elif ending := ending_of(question, answers[question.key]):
                raise self._refusal(ending)
        if unanswered and self.triage.required:
            raise TriageNeeded(details={"questions": [{"key": q.key, "text": q.text} for q in unanswered]})

    def _refusal(self, ending: Ending) -> WrongMatter | VisitNotNeeded:
        if ending.matter is None:
            return VisitNotNeeded(text=ending.text, details={})
        name = self.names[ending.matter]
        details = {"matterCode": ending.matter, "matterName": name, "page": f"/h5/matters/{ending.matter}"}
        return WrongMatter(name=name, text=ending.text, details=details)


def next_step(asked: Asked | None, answers: Answers) -> Question | Ending | None:
    """What to show next: a question, or where the answers lead; None when the matter is the right one."""
    for question in asked.triage.questions if asked else ():
        if question.key not in answers:
            return question
        if ending := ending_of(question, answers[question.key]):
            return ending
    return None


def ending_of(question: Question, answer: bool) -> Ending | None:
    return question.yes if answer else question.no


def led_to(triage: Triage) -> list[str]:
    """The matters that some answer leads to."""
    endings = [ending for question in triage.questions for ending in (question.yes, question.no)]
    return sorted({ending.matter for ending in endings if ending is not None and ending.matter is not None})


def ensure_right(asked: Iterable[Asked], answers: Answers) -> None:
    """Check the answers for several matters. Raises NoSuchQuestion besides, for a key that none of them asks."""
    known = list(asked)
    keys = {question.key for each in known for question in each.triage.questions}
    if strange := sorted(answers.keys() - keys):
        raise NoSuchQuestion(key=strange[0])
    for each in known:
        each.ensure_right(answers)
