"""The rules of the house, read from the source with `ast` alone.

Every rule is a function from one file to what breaks it, so each can be shown to find something.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

APPS = ("config", "signatures", "campaigns", "worker")  # upper may import lower, never back
ROOMS = (
    {"querysets"},
    {"models"},
    {"services"},
    {"forms"},
    {"views", "api", "admin", "management", "handlers", "tasks", "feeds"},
    {"urls"},
)
MAX_FILE, MAX_FUNCTION = 300, 40
MARKS_SAFE = {"mark_safe", "SafeString", "SafeText", "html_safe"}
MAY_MARK_SAFE = {"campaigns/text.py"}  # typed text becomes HTML here and nowhere else
OUTWARD = (  # what a service must not know: requests, pages, mail and the network
    "django.http",
    "django.shortcuts",
    "django.template",
    "django.core.mail",
    "smtplib",
    "requests",
    "urllib.request",
    "http.client",
)
PURE = (
    "campaigns/cleaning.py",
    "campaigns/diffing.py",
    "campaigns/embeds/",
    "campaigns/goals.py",
    "campaigns/sealing.py",
    "campaigns/text.py",
    "signatures/batch.py",
    "signatures/bounces.py",
    "signatures/codes.py",
    "signatures/collation.py",
    "signatures/counting/daychart.py",
    "signatures/counting/smallcells.py",
    "signatures/counting/totals.py",
    "signatures/exports/",
    "signatures/log/",
    "signatures/mailbox.py",
    "signatures/marks.py",
    "signatures/proof/domainclass.py",
    "signatures/tokens.py",
    "signatures/typos.py",
)
PRESS = "signatures/exports/press/"
FOR_THE_PRESS = (
    "signatures.exports.press",
    "signatures.exports.ends",
    "signatures.exports.fetching",
)
LOG = "signatures/log/"
LOG_STORE = "signatures/log/store.py"  # the one module in there that knows the database
IMPURE = ("django.db", "django.contrib", "django.http", "django.core.mail", "django.core.cache")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file of ours: its path below the root, its text and its tree."""

    path: PurePosixPath
    text: str
    tree: ast.Module = field(repr=False)

    @property
    def app(self) -> str:
        return self.path.parts[0]

    @property
    def module(self) -> str:
        return ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        return (node for node in ast.walk(self.tree) if isinstance(node, kinds))

    def functions(self) -> Iterator[Function]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


@dataclass(frozen=True)
class Finding:
    path: PurePosixPath
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.what}"


Rule = Callable[[Source], Iterator[Finding]]


def sources(root: Path) -> Iterator[Source]:
    for app in APPS:
        for path in sorted((root / app).rglob("*.py")):
            if "migrations" not in path.parts:
                text = path.read_text("utf8")
                yield Source(PurePosixPath(path.relative_to(root)), text, ast.parse(text))


def broken(rule: Rule, root: Path) -> list[str]:
    return [str(finding) for source in sources(root) for finding in rule(source)]


def imported(node: ast.AST) -> list[str]:
    """The full names an import statement brings in: module and, of `from`, each thing in it."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Every import that happens when the program runs, wherever it stands in the file."""
    only_for_types = {
        id(inner)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in source.nodes(ast.Import, ast.ImportFrom):
        if id(node) not in only_for_types:
            assert isinstance(node, ast.Import | ast.ImportFrom)
            yield from ((node.lineno, name) for name in imported(node))


def within(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(module + ".") for module in modules)


def room(module: str) -> int | None:
    names = module.split(".")[1:2]
    return next((floor for floor, rooms in enumerate(ROOMS) if names and names[0] in rooms), None)


# --- The rules --------------------------------------------------------------------------------
def apps_in_one_line(source: Source) -> Iterator[Finding]:
    """config → signatures → campaigns → worker, and nobody imports config."""
    for line, name in imports(source):
        top = name.split(".")[0]
        if top in APPS and APPS.index(top) < APPS.index(source.app):
            yield Finding(source.path, line, f"imports upward: {name}")


def rooms_in_one_line(source: Source) -> Iterator[Finding]:
    """urls → doors → forms → services → models → querysets, inside each app."""
    here = room(source.module)
    for line, name in imports(source):
        there = room(name)
        if name.split(".")[0] == source.app and None not in (here, there) and there > here:  # type: ignore[operator]
            yield Finding(source.path, line, f"imports outward: {name}")


def services_know_no_door(source: Source) -> Iterator[Finding]:
    """A verb has no request, draws no page, sends no mail and calls nobody."""
    if "services" in source.path.parts:
        for line, name in imports(source):
            if within(name, OUTWARD):
                yield Finding(source.path, line, f"a service imports {name}")


def drawers_are_pure(source: Source) -> Iterator[Finding]:
    """What computes from its arguments alone knows neither the database nor a request."""
    path = str(source.path)
    if path != LOG_STORE and any(path.startswith(drawer) for drawer in PURE):
        for line, name in imports(source):
            models = name.split(".")[0] in APPS and room(name) is not None
            if models or within(name, IMPURE):
                yield Finding(source.path, line, f"a pure drawer imports {name}")


def the_press_stands_alone(source: Source) -> Iterator[Finding]:
    """The process that meets strangers' text has no Django and nothing else of ours in it."""
    if str(source.path).startswith(PRESS):
        for line, name in imports(source):
            ours = name.split(".")[0] in APPS and not within(name, FOR_THE_PRESS)
            if ours or within(name, ("django",)):
                yield Finding(source.path, line, f"the press imports {name}")


def the_log_stands_alone(source: Source) -> Iterator[Finding]:
    """What others must be able to check rests on the standard library and `cryptography`."""
    if str(source.path).startswith(LOG) and str(source.path) != LOG_STORE:
        for line, name in imports(source):
            standard = name.split(".")[0] in sys.stdlib_module_names
            if not (standard or within(name, ("signatures.log", "cryptography"))):
                yield Finding(source.path, line, f"the log imports {name}")


def no_late_imports(source: Source) -> Iterator[Finding]:
    """An import of ours inside a function hides a circle."""
    for function in source.functions():
        for node in ast.walk(function):
            for name in imported(node):
                if name.split(".")[0] in APPS:
                    yield Finding(source.path, node.lineno, f"late import of {name}")  # type: ignore[attr-defined]
    for node in source.nodes(ast.ImportFrom):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield Finding(source.path, node.lineno, "relative import")


def no_bare_except(source: Source) -> Iterator[Finding]:
    """`except:` also swallows Ctrl-C and the end of a process."""
    for node in source.nodes(ast.ExceptHandler):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield Finding(source.path, node.lineno, "bare except")


def one_door_out(source: Source) -> Iterator[Finding]:
    """Only worker/ talks to the broker: everybody else writes to the outbox."""
    if source.app != "worker":
        for node in source.nodes(ast.Attribute):
            if isinstance(node, ast.Attribute) and node.attr in {"delay", "apply_async"}:
                yield Finding(source.path, node.lineno, f".{node.attr}() past the outbox")


def models_save_plainly(source: Source) -> Iterator[Finding]:
    """A model that does more on save() or delete() does it behind the verb's back."""
    if "models" in source.path.parts or source.path.name == "models.py":
        for function in source.functions():
            if function.name in {"save", "delete"} and _is_method(source, function):
                yield Finding(source.path, function.lineno, f"{function.name}() overridden")


def _is_method(source: Source, function: Function) -> bool:
    return any(
        function in node.body
        for node in source.nodes(ast.ClassDef)
        if isinstance(node, ast.ClassDef)
    )


def no_signals(source: Source) -> Iterator[Finding]:
    """Signal receivers act where nobody reading the verb can see it."""
    for function in source.functions():
        if any("receiver" in ast.unparse(decorator) for decorator in function.decorator_list):
            yield Finding(source.path, function.lineno, f"{function.name} listens to a signal")
    for line, name in imports(source):
        if within(name, ("django.dispatch", "django.db.models.signals")):
            yield Finding(source.path, line, f"imports {name}")


def html_is_marked_safe_in_one_place(source: Source) -> Iterator[Finding]:
    """One module turns typed text into HTML; everywhere else templates escape."""
    if str(source.path) in MAY_MARK_SAFE:
        return
    for line, name in imports(source):
        if name.split(".")[-1] in MARKS_SAFE:
            yield Finding(source.path, line, f"imports {name}")
    for node in source.nodes(ast.Attribute):
        if isinstance(node, ast.Attribute) and node.attr in MARKS_SAFE:
            yield Finding(source.path, node.lineno, f"uses {node.attr}")


def files_are_short(source: Source) -> Iterator[Finding]:
    """A file is read in one sitting."""
    if (lines := source.text.count("\n")) > MAX_FILE and source.path.name != "settings.py":
        yield Finding(source.path, lines, f"{lines} lines")


def functions_are_short(source: Source) -> Iterator[Finding]:
    """A function is seen at one glance."""
    for function in source.functions():
        size = (function.end_lineno or function.lineno) - function.lineno + 1
        if size > MAX_FUNCTION:
            yield Finding(source.path, function.lineno, f"{function.name} has {size} lines")


def no_junk_drawers(source: Source) -> Iterator[Finding]:
    """A name that says nothing gathers everything."""
    for part in source.path.with_suffix("").parts:
        if part in {"utils", "util", "helpers", "common", "misc", "tools"}:
            yield Finding(source.path, 1, f"{part} says nothing about what is inside")
