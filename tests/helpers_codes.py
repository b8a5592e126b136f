"""Reads from the code of the actions which findings each can come up with: every `Finding(...)` that it can reach."""

import ast
import importlib
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

from rollback.actions.action import Action, Finding
from storage.words import Severity

HOUSE = "rollback."
"""Where functions are followed to."""
Code = tuple[str, Severity]
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Unread(Exception):
    """A finding's code or severity that can't be read from the code; write it plainly there."""


@dataclass(frozen=True)
class _Scope:
    """A function's source with what its names mean."""

    node: Function
    module: ModuleType
    house: str
    owner: Any = None


def codes_of(action: Action, house: str = HOUSE) -> frozenset[Code]:
    """Every code with its severity that the action can find; functions of modules under `house` are followed.

    Raises:
        Unread: One of them is computed in a way that isn't followed here.
    """
    found: set[Code] = set()
    seen: set[tuple[str, int]] = set()
    waiting = [scope for scope in _methods(action, house) if scope.node.name != "__init__"]
    reached = list(waiting)
    while waiting:
        for scope in _called(waiting.pop()):
            key = (scope.module.__name__, scope.node.lineno)
            if key not in seen:
                seen.add(key)
                waiting.append(scope)
                reached.append(scope)
    for scope in reached:
        for call in _findings(scope):
            found |= {
                (code, Severity(severity))
                for code in _values(call.args[0], scope, reached)
                for severity in _values(call.args[1], scope, reached)
                if isinstance(code, str)
            }
    return frozenset(found)


def _methods(action: object, house: str) -> list[_Scope]:
    found = []
    for kind in type(action).__mro__:
        if kind.__module__.startswith(house):
            module = importlib.import_module(kind.__module__)
            names = {name for name, value in vars(kind).items() if inspect.isfunction(value)}
            for node in ast.walk(_tree(module)):
                if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
                    found += [
                        _Scope(one, module, house, action)
                        for one in node.body
                        if isinstance(one, ast.FunctionDef) and one.name in names
                    ]
    return found


@cache
def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


@cache
def _function(made: FunctionType, house: str) -> _Scope | None:
    module = importlib.import_module(made.__module__)
    inner = inspect.unwrap(made)
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.FunctionDef) and node.name == inner.__name__:
            return _Scope(node, module, house)
    return None


def _called(scope: _Scope) -> Iterator[_Scope]:
    """The functions of the house that a function names; naming one is enough, so that callbacks are followed too."""
    for node in ast.walk(scope.node):
        if isinstance(node, ast.Name | ast.Attribute):
            meant = _meaning(node, scope)
            if isinstance(meant, FunctionType) and meant.__module__.startswith(scope.house):
                inner = _function(meant, scope.house)
                if inner is not None:
                    yield inner


def _meaning(node: ast.expr, scope: _Scope) -> Any:
    if isinstance(node, ast.Name):
        return vars(scope.module).get(node.id)
    if isinstance(node, ast.Attribute):
        if isinstance(node.value, ast.Name) and node.value.id == "self" and scope.owner is not None:
            return getattr(scope.owner, node.attr, None)
        owner = _meaning(node.value, scope)
        if isinstance(owner, ModuleType) or inspect.isclass(owner):
            return getattr(owner, node.attr, None)
    return None


def _findings(scope: _Scope) -> Iterator[ast.Call]:
    for node in ast.walk(scope.node):
        if isinstance(node, ast.Call) and _meaning(node.func, scope) is Finding:
            yield node


def _values(node: ast.expr, scope: _Scope, reached: Iterable[_Scope]) -> set[str]:
    """What an argument can be: a constant, either side of a choice, a local name, or what callers hand over."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.IfExp):
        return _values(node.body, scope, reached) | _values(node.orelse, scope, reached)
    meant = _meaning(node, scope)
    if isinstance(meant, str):
        return {meant}
    if isinstance(node, ast.Name):
        local = [
            one.value
            for one in ast.walk(scope.node)
            if isinstance(one, ast.Assign) and any(isinstance(t, ast.Name) and t.id == node.id for t in one.targets)
        ]
        if local:
            return set().union(*(_values(one, scope, reached) for one in local))
        if node.id in [argument.arg for argument in (*scope.node.args.args, *scope.node.args.kwonlyargs)]:
            return _handed(node.id, scope, reached)
    raise Unread(f"{scope.module.__name__}:{node.lineno}: {ast.unparse(node)}")


def _handed(name: str, scope: _Scope, reached: Iterable[_Scope]) -> set[str]:
    """What an argument is in every call that is reached; where it isn't told, its default."""
    found: set[str] = set()
    for caller in reached:
        for call in ast.walk(caller.node):
            if isinstance(call, ast.Call) and _function_of(call, caller) == scope:
                found |= _values(_told(name, call, scope.node.args), caller, reached)
    return found


def _told(name: str, call: ast.Call, arguments: ast.arguments) -> ast.expr:
    by_name = [one.value for one in call.keywords if one.arg == name]
    names = [one.arg for one in arguments.args]
    if by_name:
        return by_name[0]
    if name in names and len(call.args) > names.index(name):
        return call.args[names.index(name)]
    only = [one.arg for one in arguments.kwonlyargs]
    defaults = [*arguments.defaults, *(default for default in arguments.kw_defaults if default is not None)]
    with_default = [
        *names[len(names) - len(arguments.defaults) :],
        *(one for one, default in zip(only, arguments.kw_defaults, strict=True) if default is not None),
    ]
    return defaults[with_default.index(name)]


def _function_of(call: ast.Call, caller: _Scope) -> _Scope | None:
    meant = _meaning(call.func, caller)
    if isinstance(meant, FunctionType) and meant.__module__.startswith(caller.house):
        return _function(meant, caller.house)
    return None
