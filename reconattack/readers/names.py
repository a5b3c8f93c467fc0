"""Names of the readers, from the source of their registries: importing readers is slow."""

import ast
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
REGISTRIES = {"frames": FOLDER / "formats.py", "images": FOLDER / "images" / "formats.py"}


@cache
def reader_names(kind: str) -> tuple[str, ...]:
    """Names in the dict `READERS` of the readers of `frames` or of `images`, in their order."""
    for node in ast.parse(REGISTRIES[kind].read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "READERS":
            return tuple(ast.literal_eval(name) for name in node.value.keys)
    raise ValueError(f"{REGISTRIES[kind]} has no READERS")
