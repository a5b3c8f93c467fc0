"""Run the notebooks of examples/ and store them with their output."""

import base64
import io
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reconattack.run.processor import keep_to_shared_instructions  # noqa: E402

keep_to_shared_instructions()  # before NumPy is imported: the same numbers on every processor

import nbformat  # noqa: E402
from nbclient import NotebookClient  # noqa: E402
from PIL import Image  # noqa: E402

NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
TIMEOUT = 600  # s for a cell
COLOURS = 256


def executed(path: Path) -> nbformat.NotebookNode:
    """Run a notebook in its folder with the checkout's library; raises if a cell fails."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=TIMEOUT, kernel_name="python3", resources=resources)
    client.execute(env=os.environ | {"PYTHONPATH": str(ROOT)})
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
    notebook.metadata.pop("language_info", None)
    return notebook


def joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """The outputs of a cell, with what it printed in one piece: kernels send it in several."""
    whole = []
    for output in outputs:
        if whole and output.output_type == "stream" and output.get("name") == whole[-1].get("name"):
            whole[-1].text += output.text
        else:
            whole.append(output)
    return whole


def with_small_pictures(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with pictures of 256 colours, which look the same and take half the room."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = smaller(output.data["image/png"])
    return notebook


def smaller(png: str) -> str:
    """A picture in base64 with 256 colours."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    file = io.BytesIO()
    picture.quantize(COLOURS).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


if __name__ == "__main__":
    for path in NOTEBOOKS:
        nbformat.write(with_small_pictures(executed(path)), path)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")
