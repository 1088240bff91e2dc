"""One request from its arrival to its answer: token, contract, faults on order, handler, log."""

from __future__ import annotations

import json
import re
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import github_smart_http as smart_http
from .github_call import Call
from .github_contract import Operation, contract
from .github_faults import Fault, FaultBook
from .github_issues import ISSUES
from .github_lifecycle import follow_branches
from .github_pulls import PULLS, graphql
from .github_refs import RATE_LIMIT, RATE_RESET, REPO
from .github_wire import CUT_OFF, NO_ANSWER, NOT_ACCESSIBLE, Incoming, NotModelled, Refused, Reply, error
from .github_world import World

ROUTES = {**REPO, **PULLS, **ISSUES}
GRAPHQL = ("POST", "/graphql")
LIMIT_HEADERS = {"x-ratelimit-limit": str(RATE_LIMIT), "x-ratelimit-reset": str(RATE_RESET)}


@dataclass(frozen=True)
class Request:
    """One line of the log. A dropped connection has status 0; git's bodies are not kept."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    status: int
    at: float

    @property
    def is_git(self) -> bool:
        """Whether it was git's, not the API's."""
        return smart_http.GIT_PATH.fullmatch(self.path) is not None

    @property
    def is_write(self) -> bool:
        """Whether it asks the API to change something, whatever came of it."""
        return self.method != "GET" and not self.is_git


class App:
    """Answers requests out of a world and writes down what happened."""

    def __init__(self, world: World, token: str, read_token: str) -> None:
        self.world = world
        self.faults = FaultBook()
        self.requests: list[Request] = []
        self.pushes: list[tuple[smart_http.Push, ...]] = []
        self.violations: list[str] = []
        self._token = token
        self._tokens = {token, read_token}

    def answer(self, request: Incoming) -> Reply:
        """Answer one request."""
        at = time.monotonic()
        fault = self.faults.take(request.method, request.path)
        git = smart_http.GIT_PATH.fullmatch(request.path)
        body = None if git else _parsed(request.body)
        try:
            reply = self._git(request, git, fault) if git else self._api(request, body, fault)
        except Exception:  # a bug of the double must fail the test, not hang its client
            self._note(request, traceback.format_exc())
            reply = error(500, "the double is broken")
        self.requests.append(
            Request(request.method, request.path, request.parameters, body, reply.status, at)
        )
        return reply

    def _git(self, request: Incoming, git: re.Match[str], fault: Fault | None) -> Reply:
        if (git["owner"], git["name"]) != (self.world.owner, self.world.name):
            return Reply(404, "Repository not found.\n")
        if fault and not fault.after_commit:
            return _cut_off(fault.reply)
        authorization = request.headers.get("authorization", "")
        pushing = smart_http.is_push(request, git["rest"])
        if authorization or pushing:
            token = smart_http.basic_token(authorization)
            if token not in self._tokens:
                return smart_http.ask_for_token()
            if pushing and token != self._token:
                name = f"{self.world.owner}/{self.world.name}.git"
                return Reply(403, f"Permission to {name} denied to {self.world.login}.\n")
        if git["rest"] == "/git-receive-pack":
            reply = self._receive(request, git["rest"])
        else:
            reply = smart_http.serve(self.world.repo, request, git["rest"], self.world.login)
        return _cut_off(fault.reply) if fault else reply

    def _receive(self, request: Incoming, rest: str) -> Reply:
        with self.world.lock:
            repo = self.world.repo
            before = repo.refs()
            reply = smart_http.serve(repo, request, rest, self.world.login)
            moved = smart_http.moved_refs(repo, before, repo.refs())
            if moved:
                self.pushes.append(tuple(moved))
            follow_branches(self.world)
            return reply

    def _api(self, request: Incoming, body: Any, fault: Fault | None) -> Reply:
        if (request.method, request.path) == GRAPHQL:
            reply = self._graphql(request, body, fault)
        else:
            reply = self._rest(request, body, fault)
        remaining = str(max(0, RATE_LIMIT - len(self.requests) - 1))
        limits = {**LIMIT_HEADERS, "x-ratelimit-remaining": remaining}
        return replace(reply, headers={**limits, **reply.headers})

    def _graphql(self, request: Incoming, body: Any, fault: Fault | None) -> Reply:
        refusal = self._unauthorised(request)
        if refusal:
            return refusal
        if fault and not fault.after_commit:
            return fault.reply
        reply = self._perform(request, lambda: graphql(self.world, body))
        return fault.reply if fault else reply

    def _rest(self, request: Incoming, body: Any, fault: Fault | None) -> Reply:
        found = contract().find(request.method, request.path)
        if found is None:
            self._note(request, "an operation that the description does not have")
            return error(404, "Not Found")
        operation, params = found
        refusal = self._objection(request, body, operation)
        if refusal:
            return refusal
        if fault and not fault.after_commit:
            return fault.reply
        call = Call(request.path, params, request.parameters, body, self.world.login)
        reply = self._perform(request, lambda: self._handle(operation, call))
        self._note(request, *contract().response_problems(operation, reply.status, reply.data))
        return fault.reply if fault else reply

    def _perform(self, request: Incoming, act: Callable[[], Reply]) -> Reply:
        with self.world.lock:
            follow_branches(self.world)
            try:
                return act()
            except Refused as refusal:
                return refusal.reply
            except NotModelled as gap:
                self._note(request, f"not modelled by the double: {gap}")
                return error(501, f"the double does not model {gap}")

    def _handle(self, operation: Operation, call: Call) -> Reply:
        ours = {"owner": self.world.owner.lower(), "repo": self.world.name.lower()}
        if any(call.params.get(name, value).lower() != value for name, value in ours.items()):
            return error(404, "Not Found")
        if operation.id not in ROUTES:
            raise NotModelled(operation.id)
        return ROUTES[operation.id](self.world, call)

    def _objection(self, request: Incoming, body: Any, operation: Operation) -> Reply | None:
        problems = contract().invalid_values(operation, request.parameters, body)
        self._note(request, *contract().unknown_names(operation, request.parameters, body), *problems)
        return self._unauthorised(request) or (_invalid(problems) if problems else None)

    def _unauthorised(self, request: Incoming) -> Reply | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not token:
            return error(401, "Requires authentication")
        if scheme.lower() not in ("token", "bearer") or token not in self._tokens:
            return error(401, "Bad credentials")
        if request.method != "GET" and token != self._token:
            return error(403, NOT_ACCESSIBLE)
        return None

    def _note(self, request: Incoming, *problems: str) -> None:
        self.violations += [f"{request.method} {request.path}: {problem}" for problem in problems]


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")  # a string is no request's body, so that the contract objects


def _cut_off(reply: Reply) -> Reply:
    return CUT_OFF if reply.status == NO_ANSWER else reply


def _invalid(problems: list[str]) -> Reply:
    listed = "\n\n".join(problems)
    return error(422, f"Invalid request.\n\n{listed}")
