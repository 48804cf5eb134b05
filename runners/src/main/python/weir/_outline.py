"""What a program looks like without running it: for checking it before its first record."""

import ast
import os
import sys
from marshal import dumps

FUNCTIONS = ("begin", "action", "end")


def main(settings):
    """Sends the outline of a file as the only frame."""
    frame = dumps(outline(settings["file"], settings["actions"].values()), 2)
    with os.fdopen(1, "wb", closefd=False) as out:
        out.write(len(frame).to_bytes(4, "big") + frame)
    sys.exit(0)


def outline(file, actions=()):
    """['outline', functions, parameters of action, imports of ours, lost variables] or ['bad', line, text, message]."""
    try:
        with open(file, "rb") as stream:
            tree = ast.parse(stream.read(), file)
    except SyntaxError as error:
        return ["bad", error.lineno or 0, (error.text or "").rstrip("\n"), error.msg or "invalid syntax"]
    except (OSError, ValueError) as error:
        return ["bad", 0, "", str(error)]
    functions, parameters, imports = set(), 0, set()
    for node in tree.body:
        for name in _bound(node):
            if name in FUNCTIONS or name in actions:
                functions.add(name)
                if name == "action" or name in actions:
                    parameters = _parameters(node)
    lost = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imports.add(node.module.split(".")[0])
        elif isinstance(node, ast.Global):
            for name in node.names:
                lost.setdefault(name, node.lineno)
    return [
        "outline",
        [name for name in (*FUNCTIONS, *actions) if name in functions],
        parameters,
        [name for name in ("fastscore", "weir") if name in imports],
        [[name, line] for name, line in lost.items()],
    ]


def _bound(node):
    """The names that a statement of the module binds."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name.split(".")[0] for alias in node.names]
    names = []
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            names.append(child.id)
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names.append(child.name)
    return names


def _parameters(node):
    """Of a function that is written out: how many parameters it needs; otherwise 0, for not known."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or node.decorator_list:
        return 0
    return len(getattr(node.args, "posonlyargs", [])) + len(node.args.args) - len(node.args.defaults)
