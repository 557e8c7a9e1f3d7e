"""What the docstrings of fields say, read from the source when someone asks and not whenever a model is loaded."""

from __future__ import annotations

import ast
import inspect
import sys
from functools import lru_cache
from itertools import pairwise

from pydantic import BaseModel


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """The docstring of each field that has one, those of the models that it is made from too."""
    found: dict[str, str] = {}
    for part in reversed(model.__mro__[: model.__mro__.index(BaseModel)]):
        for line, doc in pairwise(_classes(part.__module__)[part.__name__].body):
            if isinstance(line, ast.AnnAssign) and isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant):
                assert isinstance(line.target, ast.Name)
                found[line.target.id] = inspect.cleandoc(str(doc.value.value))
    return found


@lru_cache(maxsize=8)
def _classes(module: str) -> dict[str, ast.ClassDef]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
