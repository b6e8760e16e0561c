"""The measuring script's protocol: one JSON object a line in, one a line out.

`{"op": "build", "faqs": […]}` builds from what is given, so that any knowledge base can be measured;
`{"op": "rank", "query": "…", "top_k": 10}` is answered with `{"results": [[id, score], …]}`, best first.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from chatbot.engine import index
from chatbot.engine.acceptance import Weights, confidence, evidence
from chatbot.engine.index import Index
from chatbot.engine.ranking import rank
from chatbot.engine.reading import Language
from chatbot.loading import from_line

TOP = 10


def answers(lines: Iterable[str], language: Language, weights: Weights) -> Iterator[str]:
    """A line that is no request is answered with what was wrong; nothing ends the conversation but its end."""
    prepared = index.build([], language)
    for line in lines:
        try:
            request = json.loads(line)
            if request["op"] == "build":
                prepared = index.build([from_line(item) for item in request["faqs"]], language)
                answer: dict[str, Any] = {"ok": True}
            else:
                answer = {"results": results(request["query"], prepared, weights, int(request.get("top_k", TOP)))}
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            answer = {"error": f"{type(exc).__name__}: {exc}"}
        yield json.dumps(answer, ensure_ascii=False)


def results(text: str, prepared: Index, weights: Weights, most: int = TOP) -> list[tuple[str, float]]:
    """Ids with scores. The first score is the confidence in the whole; the others follow it at the hits' distances."""
    ranking = rank(text, prepared, weights.clues)
    if not ranking.hits:
        return []
    sure, best = confidence(evidence(ranking, prepared), weights), ranking.hits[0].score
    return [(hit.document.faq.id, round(sure - (best - hit.score) / 100, 6)) for hit in ranking.hits[:most]]
