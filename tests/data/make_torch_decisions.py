"""Write small networks of every kind of decision with the lines that docs/your-data.md has.

python -m venv env && env/bin/pip install torch==2.14.1 onnxscript==0.7.2 onnx==1.23.2 numpy
env/bin/python make_torch_decisions.py

Each network decides by the mean grey level of the picture, the mask by the grey level of a pixel.
So what flips them is known in closed form. The files keep the lines as `lines` of their metadata.
"""

import os
import re
import tempfile
from pathlib import Path

import onnx
import torch
from torch import nn

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs/your-data.md"
CUTS = (79.5, 119.5, 159.5)  # mean grey levels between the classes, and in classes' logits
CUT = 104.5  # of the binary decision
LIMIT = 127.5  # of the mask


def main() -> None:
    for name, network in {
        "net": of_the_mean([0.1], [-CUT / 10]),
        "grades": of_the_mean(*rising_classes()),
        "number": of_the_mean([1 / 50], [-100 / 50]),
        "mask": Outline(),
    }.items():
        write(name, network, exporting_lines(f"{name}.onnx"))


def exporting_lines(file: str) -> str:
    """The block of the page that writes a file."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (lines,) = (block for block in blocks if f'"{file}"' in block and "torch.onnx" in block)
    return lines


def of_the_mean(factors: list[float], constants: list[float]) -> nn.Module:
    """A network whose outputs are straight in the mean grey level; pictures are divided by 255."""
    network = nn.Sequential(
        nn.Conv2d(1, 1, 1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(1, len(factors)),
    )
    with torch.no_grad():
        network[0].weight.fill_(255)
        network[0].bias.zero_()
        network[-1].weight.copy_(torch.tensor(factors)[:, None])
        network[-1].bias.copy_(torch.tensor(constants))
    return network


def rising_classes() -> tuple[list[float], list[float]]:
    """Logits that rise by a tenth more than the one before, and are equal to it at a cut."""
    factors, constants = [0.0], [0.0]
    for cut in CUTS:
        factors.append(factors[-1] + 0.1)
        constants.append(constants[-1] - 0.1 * cut)
    return factors, constants


class Outline(nn.Module):
    """A logit at each pixel that is above 0 where the grey level is above the limit."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(1, 1, 1)
        with torch.no_grad():
            self.layer.weight.fill_(25.5)
            self.layer.bias.fill_(-LIMIT / 10)

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"out": self.layer(images)}


def write(name: str, network: nn.Module, lines: str) -> None:
    """Run the lines in an empty folder and keep what they wrote, without stack traces."""
    here, start = Path.cwd(), "import torch\n" if "import torch" not in lines else ""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            exec(start + lines, {"network": network, "model": network})  # noqa: S102, our own page
            model = onnx.load(f"{name}.onnx")
        finally:
            os.chdir(here)
    for part in (model, model.graph, *model.graph.node, *model.graph.initializer):
        del part.metadata_props[:]
    onnx.helper.set_model_props(model, {"lines": lines})
    onnx.save(model, FOLDER / f"torch_decides_{name}.onnx")


if __name__ == "__main__":
    main()
