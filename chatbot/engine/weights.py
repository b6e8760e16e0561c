"""The fitted weights as they are shipped, and read again. `python -m chatbot fit` makes them."""

from collections.abc import Mapping
from typing import Any

from chatbot.engine.acceptance import Model, Weights


def from_json(data: Mapping[str, Any]) -> Weights:
    return Weights(dict(data["clues"]), _model(data["ours"]), _model(data["right"]))


def to_json(weights: Weights) -> dict[str, Any]:
    return {
        "clues": _rounded(weights.clues),
        "ours": {"weights": _rounded(weights.ours.weights), "bias": round(weights.ours.bias, 4)},
        "right": {"weights": _rounded(weights.right.weights), "bias": round(weights.right.bias, 4)},
    }


def _model(data: Mapping[str, Any]) -> Model:
    return Model(dict(data["weights"]), float(data["bias"]))


def _rounded(weights: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in weights.items()}
