"""OpenAPI 3.1 from what `endpoint` was told; nothing is written twice."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from sanic import Sanic

from app.errors import AppError, BadKey, BadRequest, Busy, InvalidInput, KeyReused, SignInNeeded, WrongContentType
from app.http.endpoint import Contract
from app.http.errors import ErrorAnswer

REF = "#/components/schemas/{model}"
Used = tuple[type[BaseModel], JsonSchemaMode]
Schemas = dict[Any, Any]


def describe(app: Sanic[Any, Any], *, title: str, version: str) -> dict[str, Any]:
    """The document for all routes that have a contract."""
    routes = [(route, contract) for route in app.router.routes if (contract := contract_of(route.handler))]
    used: set[Used] = {pair for _, contract in routes for pair in _models(contract)}
    used.add((ErrorAnswer, "serialization"))
    refs, definitions = models_json_schema(
        sorted(used, key=lambda pair: (pair[0].__name__, pair[1])), ref_template=REF, by_alias=True
    )
    paths: dict[str, Any] = {}
    for route, contract in sorted(routes, key=lambda pair: pair[0].path):
        operation = _operation(route, contract, refs)
        for method in sorted(route.methods - {"HEAD", "OPTIONS"}):
            paths.setdefault(_path(route), {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}},
        },
    }


def contract_of(handler: Any) -> Contract | None:
    """What a route's handler promises, or None for a page."""
    return getattr(handler, "contract", None)


def _models(contract: Contract) -> list[Used]:
    wanted: list[tuple[type[BaseModel] | str | None, JsonSchemaMode]] = [
        (contract.body, "validation"),
        (contract.returns, "serialization"),
    ]
    return [(model, mode) for model, mode in wanted if isinstance(model, type)]


def _path(route: Any) -> str:
    parts = [f"{{{part[1:-1].split(':')[0]}}}" if part.startswith("<") else part for part in route.path.split("/")]
    return "/" + "/".join(parts)


def _operation(route: Any, contract: Contract, refs: Schemas) -> dict[str, Any]:
    summary = (route.handler.__doc__ or "").strip().split("\n")[0]
    operation: dict[str, Any] = {"operationId": route.name.partition(".")[2] or route.name, "summary": summary}
    if parameters := [*_path_parameters(route), *_query_parameters(contract), *_header_parameters(contract)]:
        operation["parameters"] = parameters
    if contract.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(refs[contract.body, "validation"])}
    if contract.caller:
        operation["security"] = [{"session": []}]
    operation["responses"] = _responses(contract, refs)
    return operation


def _path_parameters(route: Any) -> list[dict[str, Any]]:
    names = [part[1:-1].split(":")[0] for part in route.path.split("/") if part.startswith("<")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(contract: Contract) -> list[dict[str, Any]]:
    if contract.query is None:
        return []
    shape = contract.query.model_json_schema(by_alias=True)
    required = shape.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in shape.get("properties", {}).items()
    ]


def _header_parameters(contract: Contract) -> list[dict[str, Any]]:
    if not contract.is_idempotent:
        return []
    schema = {"type": "string", "minLength": 8, "maxLength": 128}
    text = "同一操作重复提交时使用同一个值，只会生效一次"
    return [{"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema, "description": text}]


def _responses(contract: Contract, refs: Schemas) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "成功"}
    if isinstance(contract.returns, str):
        good["content"] = {contract.returns: {"schema": {"type": "string"}}}
    elif contract.returns is not None:
        good["content"] = _content(refs[contract.returns, "serialization"])
    status = 204 if contract.returns is None and contract.status == 200 else contract.status
    answers: dict[str, Any] = {str(status): good}
    for error in _refusals(contract):
        answer = answers.setdefault(
            str(error.status), {"description": "", "content": _content(refs[ErrorAnswer, "serialization"])}
        )
        answer["description"] = f"{answer['description']}\n{error.code}：{error.message}".strip()
    return answers


def _refusals(contract: Contract) -> list[type[AppError]]:
    refusals: list[type[AppError]] = [*contract.refuses, Busy]
    if contract.body is not None:
        refusals += [BadRequest, WrongContentType]
    if contract.body is not None or contract.query is not None:
        refusals.append(InvalidInput)
    if contract.caller:
        refusals.append(SignInNeeded)
    if contract.is_idempotent:
        refusals += [BadKey, KeyReused]
    return list(dict.fromkeys(refusals))


def _content(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
