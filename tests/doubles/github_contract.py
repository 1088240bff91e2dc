"""GitHub's own OpenAPI description as a judge of both sides of the wire.

The document is a subset of api.github.com's description (npm `@octokit/openapi` 23.0.2, MIT, GitHub Inc. and
contributors). It is OpenAPI 3.0, whose schemas are not JSON Schema (`nullable`), so they are translated to
Draft 2020-12 once. References are resolved on the way: the description has no cycles, and a schema without
references validates faster.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

Json = dict[str, Any]

DOCUMENT = Path(__file__).parent / "data" / "github-openapi-subset.json"

# What these parameters stand for may hold slashes, and clients send them unescaped; not so below /commits/,
# where a reference with slashes would swallow all the operations on a commit that the subset lacks.
MULTI_SEGMENT = frozenset({"ref", "branch", "path", "basehead"})
# Clients add these to every list, also to the few that GitHub sends whole.
PAGING = frozenset({"page", "per_page"})
# Words of the description that say nothing about validity, or whose meaning differs in JSON Schema.
PROSE = frozenset({"description", "example", "examples", "title", "default", "discriminator", "externalDocs"})
# An error that an operation does not list is still GitHub's usual error body.
ERROR_SCHEMA = "basic-error"
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
MAX_PROBLEMS = 5
# Only their prose says that "you can also pass an `array` of labels directly", or an empty one to remove all
# labels; their schemas want an object with at least one. PyGithub sends the bare array.
BARE_LABELS = frozenset({"issues/add-labels", "issues/set-labels"})

PULL_SCHEMAS = ("pull-request", "pull-request-simple")


@dataclass(frozen=True)
class Operation:
    """One method of one path, as GitHub describes it."""

    id: str
    method: str
    pattern: re.Pattern[str]
    literals: int
    query: dict[str, Json]
    body: Json | None
    body_required: bool
    responses: dict[int, Json | None]


def _is_url(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or DATE_TIME.fullmatch(value) is not None


FORMATS = FormatChecker(formats=())
FORMATS.checks("uri")(_is_url)
FORMATS.checks("date-time")(_is_date_time)


class Contract:
    """Finds the operation of a request, and what is wrong with its values or with an answer to it."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._schemas: dict[str, Json] = {}
        self._validators: dict[int, Any] = {}
        self._known_good: set[tuple[int, int]] = set()

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """All operations, the most literal path first: `/commits/{ref}/status` before `/commits/{ref}`."""
        found = [
            self._operation(path, method, description)
            for path, methods in self._document["paths"].items()
            for method, description in methods.items()
        ]
        return tuple(sorted(found, key=lambda operation: -operation.literals))

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation of a request with its path parameters, or None for what is not described."""
        for operation in self.operations:
            if operation.method == method and (match := operation.pattern.fullmatch(path)):
                return operation, {name: unquote(value) for name, value in match.groupdict().items()}
        return None

    def unknown_names(self, operation: Operation, query: dict[str, str], body: Any) -> list[str]:
        """Return names that are not described: GitHub ignores them, and a typing error passes in silence."""
        described = operation.query.keys() | PAGING
        problems = [f"unknown query parameter {name!r}" for name in query if name not in described]
        properties = (operation.body or {}).get("properties")
        if properties and isinstance(body, dict):
            problems += [f"unknown field {name!r} in the body" for name in body if name not in properties]
        elif body is not None and operation.body is None:
            problems.append("a body where none is described")
        return problems

    def invalid_values(self, operation: Operation, query: dict[str, str], body: Any) -> list[str]:
        """Return the values of a request that break the description."""
        problems: list[str] = []
        for name, value in query.items():
            if name in operation.query:
                schema = operation.query[name]
                problems += [
                    f"query {name}: {problem}" for problem in self._problems(schema, _typed(value, schema))
                ]
        if body is None:
            problems += ["a body is required"] if operation.body_required else []
        elif operation.body is not None:
            problems += self._problems(operation.body, _wrapped(operation, body))
        return problems

    def response_problems(self, operation: Operation, status: int, body: Any) -> list[str]:
        """Return what is wrong with an answer by the operation's own description of that status."""
        if status in operation.responses:
            schema = operation.responses[status]
        elif status >= 400:
            schema = self.schema(ERROR_SCHEMA)
        else:
            return [f"{operation.id} describes no status {status}"]
        if schema is None:
            return [] if body is None else [f"status {status} has no body"]
        return self._list_problems(schema, body)

    def schema(self, name: str) -> Json:
        """Return a named schema, translated to JSON Schema."""
        if name not in self._schemas:
            self._schemas[name] = self._translate(self._document["components"]["schemas"][name])
        return self._schemas[name]

    def skeleton(self, name: str, url: str) -> Json:
        """Return a neutral value for every required field of a schema: null if allowed, else empty or zero.

        A full repository has about eighty required fields of which nobody here reads ten. `url` is the start
        of the URLs among them: PyGithub refuses to follow one that leads to another host.
        """
        return _neutral_fields(self.schema(name), url)

    def _operation(self, path: str, method: str, description: Json) -> Operation:
        parameters = [self._resolve(parameter) for parameter in description.get("parameters", ())]
        types = {p["name"]: p["schema"].get("type", "") for p in parameters if p["in"] == "path"}
        body = self._resolve(description.get("requestBody", {}))
        return Operation(
            id=description["operationId"],
            method=method.upper(),
            pattern=_path_pattern(path, types),
            literals=sum(not segment.startswith("{") for segment in path.split("/")),
            query={p["name"]: self._translate(p["schema"]) for p in parameters if p["in"] == "query"},
            body=self._content_schema(body),
            body_required=bool(body.get("required")),
            responses={
                int(status): self._content_schema(self._resolve(response))
                for status, response in description["responses"].items()
            },
        )

    def _content_schema(self, described: Json) -> Json | None:
        schema = described.get("content", {}).get("application/json", {}).get("schema")
        return None if schema is None else self._translate(schema)

    def _resolve(self, value: Json) -> Json:
        while "$ref" in value:
            target: Any = self._document
            for step in value["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            value = target
        return value

    def _translate(self, schema: Json) -> Json:
        if "$ref" in schema:
            return self.schema(schema["$ref"].rpartition("/")[2])
        out = {key: self._translate_value(key, value) for key, value in schema.items() if key not in PROSE}
        return _nullable(out) if out.pop("nullable", False) else out

    def _translate_value(self, key: str, value: Any) -> Any:
        if key == "properties":  # here a key is a field's name, and a field may be called "title"
            return {name: self._translate(schema) for name, schema in value.items()}
        if isinstance(value, dict) and not key.startswith("x-"):
            return self._translate(value)
        if key in ("allOf", "anyOf", "oneOf"):
            return [self._translate(schema) for schema in value]
        return value

    def _list_problems(self, schema: Json, body: Any) -> list[str]:
        # A list is judged item by item, because the same items come back in one list after another.
        if schema.get("type") != "array" or not isinstance(body, list):
            return self._problems(schema, body)
        found = [problem for item in body for problem in self._problems(schema["items"], item)]
        return found[:MAX_PROBLEMS]

    def _problems(self, schema: Json, value: Any) -> list[str]:
        key = (id(schema), hash(json.dumps(value, sort_keys=True)))
        if key in self._known_good:
            return []
        problems = list(_messages(self._validator(schema).iter_errors(value)))
        if not problems:
            self._known_good.add(key)
        return problems[:MAX_PROBLEMS]

    def _validator(self, schema: Json) -> Any:
        if id(schema) not in self._validators:
            self._validators[id(schema)] = Draft202012Validator(schema, format_checker=FORMATS)
        return self._validators[id(schema)]


@cache
def contract() -> Contract:
    """Return the one contract of this process; its translated schemas are shared by all doubles."""
    return Contract(_amended(json.loads(DOCUMENT.read_text(encoding="utf-8"))))


def _amended(document: Json) -> Json:
    # Where the description is narrower than GitHub itself: the repository of a head is null once a fork is
    # deleted, and a label without a description has null there, also in a list of pull requests.
    for name in PULL_SCHEMAS:
        properties = document["components"]["schemas"][name]["properties"]
        properties["head"]["properties"]["repo"] = {"$ref": "#/components/schemas/nullable-repository"}
        properties["labels"]["items"]["properties"]["description"]["nullable"] = True
    return document


def _path_pattern(template: str, types: dict[str, str]) -> re.Pattern[str]:
    def group(match: re.Match[str]) -> str:
        name = match[1]
        if types.get(name) == "integer":
            return f"(?P<{name}>[0-9]+)"
        many = name in MULTI_SEGMENT and "/commits/" not in template
        return f"(?P<{name}>{'.+' if many else '[^/]+'})"

    return re.compile(re.sub(r"\{(\w+)\}", group, template.replace(".", r"\.")))


def _typed(value: str, schema: Json) -> object:
    # Everything in a query is text; a number that is none stays text and is then invalid.
    kinds = schema.get("type", ())
    if "integer" in kinds and value.isdecimal():
        return int(value)
    if "boolean" in kinds and value in ("true", "false"):
        return value == "true"
    return value


def _wrapped(operation: Operation, body: Any) -> Any:
    if operation.id in BARE_LABELS and isinstance(body, list):
        return {"labels": body} if body else {"labels": ["any"]}
    return body


def _nullable(schema: Json) -> Json:
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    nullable = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        nullable["enum"] = [*schema["enum"], None]
    return nullable


def _neutral(schema: Json, name: str, url: str) -> Any:
    for choice in ("oneOf", "anyOf", "allOf"):
        if choice in schema:
            return _neutral(schema[choice][0], name, url)
    kinds = schema.get("type", "object")
    if "null" in kinds:
        return None
    if "enum" in schema:
        return schema["enum"][0]
    if kinds == "object":
        return _neutral_fields(schema, url)
    if kinds == "string":
        return _neutral_text(schema, name, url)
    return {"array": [], "boolean": False}.get(kinds, 0)


def _neutral_fields(schema: Json, url: str) -> Json:
    properties = schema.get("properties", {})
    return {name: _neutral(properties[name], name, url) for name in schema.get("required", ())}


def _neutral_text(schema: Json, name: str, url: str) -> str:
    if schema.get("format") == "date-time":
        return "2026-01-01T00:00:00Z"
    if name.endswith("url") or schema.get("format") == "uri":
        return f"{url}/{name.removesuffix('_url')}"
    return ""


def _messages(errors: Iterator[Any]) -> Iterator[str]:
    for error in errors:
        # Behind a oneOf, the branch that came closest says more than "is not valid under any".
        deepest = (
            max(error.context, key=lambda e: len(e.absolute_path), default=error) if error.context else error
        )
        yield f"{deepest.json_path}: {deepest.message[:200]}"
