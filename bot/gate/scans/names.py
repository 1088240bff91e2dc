"""Names of Python code as the modules that they come from, and what it means to use them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping

COMPARISONS = frozenset(
    {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__hash__", "__contains__"}
)
INNARDS = frozenset({"__class__", "__code__", "__bases__", "__defaults__", "__kwdefaults__", "__globals__"})

# Loading them outside of the tests is news; a longer name goes before a shorter one.
MODULES: Mapping[str, str] = {
    "unittest.mock": "mock",
    "mock": "mock",
    "pytest_mock": "mock",
    "pytest": "runner",
    "_pytest": "runner",
    "unittest": "runner",
    "ctypes": "memory",
    "_ctypes": "memory",
}

USES: Mapping[str, str] = {
    name: rule
    for rule, names in {
        "exit": "os._exit os.abort os.getppid os.execv os.execve os.execvp os.execl os.execlp os.execle "
        "atexit.register atexit._run_exitfuncs",
        "stack": "inspect.stack inspect.currentframe inspect.getouterframes sys._getframe "
        "sys._current_frames sys._getframemodulename traceback.extract_stack traceback.walk_stack",
        "signals": "signal.signal signal.alarm signal.setitimer signal.raise_signal signal.pthread_kill",
        "memory": "gc.get_objects gc.get_referrers gc.get_referents",
        "trace": "sys.settrace sys.setprofile sys.gettrace sys.getprofile sys.addaudithook sys.monitoring "
        "threading.settrace threading.setprofile",
        "imports": "sys.meta_path sys.path_hooks sys.path_importer_cache sys.modules.pop sys.modules.update "
        "sys.modules.setdefault sys.modules.clear sys.modules.keys sys.modules.values sys.modules.items",
        "runner": "sys.orig_argv",
        "code": "marshal.loads",
    }.items()
    for name in names.split()
}

# What programs set as a matter of course.
SETTABLE = frozenset(
    {
        *("sys.stdin", "sys.stdout", "sys.stderr", "sys.excepthook", "sys.unraisablehook", "sys.displayhook"),
        *("sys.tracebacklimit", "sys.ps1", "sys.ps2", "sys.path", "sys.argv", "sys.dont_write_bytecode"),
    }
)
NOT_PATCHED = frozenset({"ctypes", "logging", "readline", "socket", "ssl", "warnings", "locale", "turtle"})
PATCHED = (sys.stdlib_module_names | {"pytest", "_pytest", "pluggy", "builtins"}) - NOT_PATCHED
BUILT_IN = frozenset(
    {"exec", "eval", "exit", "quit", "SystemExit", "KeyboardInterrupt", "setattr", "delattr"}
)
LOADERS = frozenset({"__import__", "importlib.import_module", "importlib.__import__"})


class Names:
    """The modules and names that a file imports, wherever it does."""

    def __init__(self, tree: ast.AST) -> None:
        self._known: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    first = alias.name.partition(".")[0]
                    self._known[alias.asname or first] = alias.name if alias.asname else first
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                self._known |= {it.asname or it.name: f"{module}.{it.name}" for it in node.names}

    def of(self, node: ast.AST | None) -> str:
        """`os._exit` for `bye`, if it was imported so; nothing for what is no name of a module."""
        match node:
            case ast.Name(id=name):
                return self._known.get(name) or (f"builtins.{name}" if name in BUILT_IN else "")
            case ast.Attribute(value=value, attr=attr):
                base = self.of(value)
                return f"{base}.{attr}" if base else ""
            case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]) if self._loads(func):
                return name
            case ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(attr)), *_]):
                base = self.of(value)
                return f"{base}.{attr}" if base else ""
        return ""

    def _loads(self, func: ast.expr) -> bool:
        return (isinstance(func, ast.Name) and func.id in LOADERS) or self.of(func) in LOADERS


def module_rule(module: str) -> str | None:
    """The rule that loading this module falls under."""
    return next((rule for name, rule in MODULES.items() if f"{module}.".startswith(f"{name}.")), None)


def is_patched(name: str) -> bool:
    """Whether to set this name is to change a module of somebody else."""
    root, _, rest = name.partition(".")
    return bool(rest) and root in PATCHED and name not in SETTABLE and not name.startswith("sys.flags")
