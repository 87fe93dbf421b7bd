"""X's own description of its API (OpenAPI), and how a request and its answer deviate from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from jsonschema import Draft4Validator, ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

_BASE = "urn:x"


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, bodies as bytes."""

    method: str
    path: str
    query: str
    sent: bytes
    sent_type: str
    status: int
    got: bytes
    got_type: str


class Description:
    """The parsed description. `deviations(exchange)` yields (template, where) for each."""

    def __init__(self, path: Path) -> None:
        self.document = json.loads(path.read_text(encoding="utf-8"))
        resource = Resource(contents=self.document, specification=DRAFT4)
        self.registry: Registry = Registry().with_resource(_BASE, resource)
        # Fixed paths first: /2/webhooks/replay is not a webhook called "replay".
        self.templates = sorted(self.document["paths"], key=lambda template: template.count("{"))

    def template(self, exchange: Exchange) -> str | None:
        """The described path that this one is, for its method."""
        for template in self.templates:
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, exchange.path) and exchange.method.lower() in self.document["paths"][template]:
                return template
        return None

    def deviations(self, exchange: Exchange) -> Iterator[tuple[str, str]]:
        """Everything about the exchange that the description does not have, or has otherwise."""
        template = self.template(exchange)
        if template is None:
            if exchange.status != 404:
                yield exchange.path, "path"
            return
        pointer = ["paths", template, exchange.method.lower()]
        accepted = exchange.status < 300
        for where in (
            *(self._in_query(exchange, pointer) if accepted else ()),
            *(self._in_request(exchange, pointer) if accepted else ()),
            *self._in_answer(exchange, pointer),
        ):
            yield template, self._spelling(exchange, pointer) + where

    def _spelling(self, exchange: Exchange, pointer: list[str]) -> str:
        """Which of X's two spellings was asked for, where an endpoint has both: "post" (described), or "tweet"."""
        known = {self._resolved(parameter)["name"] for parameter in self._at(pointer).get("parameters", ())}
        if "post.fields" not in known:
            return ""
        return "" if "post.fields" in dict(parse_qsl(exchange.query)) else "(tweet) "

    def _at(self, pointer: list[str]) -> Any:
        found = self.document
        for step in pointer:
            found = found[step]
        return self._resolved(found)

    def _resolved(self, schema: Any) -> Any:
        while isinstance(schema, dict) and "$ref" in schema:
            found = self.document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            schema = found
        return schema

    def _in_query(self, exchange: Exchange, pointer: list[str]) -> Iterator[str]:
        operation = self._at(pointer)
        described = {}
        for number, given in enumerate(operation.get("parameters", ())):
            parameter = self._resolved(given)
            place = given["$ref"].removeprefix("#/").split("/") if "$ref" in given else [*pointer, "parameters", number]
            if parameter["in"] == "query":
                described[parameter["name"]] = (parameter, [*place, "schema"])
        for name, text in parse_qsl(exchange.query):
            if name not in described:
                yield f"query {name}: is not described"
                continue
            schema = self._resolved(described[name][0]["schema"])
            for error in self._errors(described[name][1], _coerced(text, schema, self._resolved)):
                yield f"query {name}: {_said(error)}"

    def _in_request(self, exchange: Exchange, pointer: list[str]) -> Iterator[str]:
        body = self._at(pointer).get("requestBody")
        if body is None:
            if exchange.sent:
                yield "request: no body is described"
            return
        kind = exchange.sent_type.split(";")[0]
        if kind not in body["content"]:
            yield f"request: {kind or 'no content type'} is not described"
        elif kind == "application/json":
            schema = [*pointer, "requestBody", "content", kind, "schema"]
            yield from (f"request {where}" for where in self._in_body(schema, json.loads(exchange.sent)))

    def _in_answer(self, exchange: Exchange, pointer: list[str]) -> Iterator[str]:
        answers = self._at(pointer)["responses"]
        status = str(exchange.status)
        key = status if status in answers else "default"
        if exchange.status < 300 and key == "default":
            yield f"{status}: is not described"
            return
        kind = exchange.got_type.split(";")[0]
        content = answers[key].get("content", {})
        if kind not in content:
            yield f"{status}: {kind or 'no content type'} is not described"
        elif kind.endswith("json"):
            schema = [*pointer, "responses", key, "content", kind, "schema"]
            for line in exchange.got.splitlines() if template_is_stream(pointer) else [exchange.got]:
                if line.strip():
                    yield from (f"{status} {where}" for where in self._in_body(schema, json.loads(line)))

    def _in_body(self, pointer: list[Any], value: Any) -> Iterator[str]:
        for error in self._errors(pointer, value):
            yield f"{_dotted(error.absolute_path)}: {_said(error)}"
        for place in self._undescribed(self._at(pointer), value, ""):
            yield f"{place}: is not described"

    def _errors(self, pointer: list[Any], value: Any) -> Iterator[ValidationError]:
        steps = "/".join(quote(str(step).replace("~", "~0").replace("/", "~1"), safe="~") for step in pointer)
        schema = {"$ref": f"{_BASE}#/{steps}"}
        yield from Draft4Validator(schema, registry=self.registry).iter_errors(value)

    def _undescribed(self, schema: Any, value: Any, place: str) -> Iterator[str]:
        """Keys that the description does not name though nothing forbids them: a client made from it misses them."""
        schema = self._resolved(schema)
        if isinstance(value, list):
            for entry in value:
                yield from self._undescribed(schema.get("items", {}), entry, f"{place}[]")
        known = schema.get("properties")
        if not isinstance(value, dict) or known is None or schema.get("additionalProperties") is False:
            return
        for key, entry in value.items():
            below = f"{place}.{key}".lstrip(".")
            if key in known:
                yield from self._undescribed(known[key], entry, below)
            else:
                yield below


def template_is_stream(pointer: list[str]) -> bool:
    """Whether the answer is a line of JSON an event."""
    return pointer[1].endswith("/stream")


def _coerced(text: str, schema: Any, resolved: Any) -> Any:
    """A query parameter's text as the value that its schema speaks of."""
    if schema.get("type") == "array":
        items = resolved(schema.get("items", {}))
        return [_coerced(part, items, resolved) for part in text.split(",")]
    if schema.get("type") == "integer" and text.lstrip("-").isdecimal():
        return int(text)
    return {"true": True, "false": False}.get(text, text) if schema.get("type") == "boolean" else text


def _dotted(path: Any) -> str:
    joined = "".join("[]" if isinstance(step, int) else f".{step}" for step in path)
    return joined.lstrip(".") or "body"


def _said(error: ValidationError) -> str:
    """What is wrong, without the value that is: a waiver has to fit the next run too."""
    if error.validator == "required":
        return error.message.replace("'", "")
    if error.validator == "additionalProperties":
        extra = sorted(set(error.instance) - set(error.schema.get("properties", ())))
        return f"{', '.join(extra)} is not allowed"
    if error.validator == "oneOf" and "each of" in error.message:
        return "fits several of oneOf"
    return f"does not keep {error.validator}"
