"""Write the ONNX files of this folder as PyTorch's users do, and what PyTorch itself says.

python -m venv env && env/bin/pip install torch==2.13.0 onnxscript==0.7.2 onnx==1.23.2 numpy
env/bin/python make_torch_models.py
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

FOLDER = Path(__file__).parent
SIDE = 32
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # as torchvision normalises ImageNet


def main() -> None:
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    training, labels = livers(random, 200)
    images, _ = livers(random, 7)
    features = nn.Sequential(
        nn.Conv2d(3, 4, 5, stride=2, padding=2),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d((4, 1)),
    )
    two = nn.Sequential(features, nn.Flatten(), nn.Linear(16, 2))
    fit(two, training, labels, nn.CrossEntropyLoss(), torch.long)
    anywhere = nn.Sequential(
        nn.Conv2d(3, 4, 9), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(4, 1)
    )
    fit(nn.Sequential(anywhere, nn.Flatten(0)), training, labels, nn.BCEWithLogitsLoss())
    softmax = nn.Sequential(two, nn.Softmax(1)).eval()
    sigmoid = nn.Sequential(anywhere, nn.Sigmoid()).eval()

    one = torch.zeros(1, 3, SIDE, SIDE)
    batch, height, width = (torch.export.Dim(name) for name in ("batch", "height", "width"))
    # The exporter's own defaults: one image at a time, weights in a file beside it.
    torch.onnx.export(two, (one,), FOLDER / "torch_two_logits.onnx")
    torch.onnx.export(
        sigmoid,
        (torch.zeros(2, 3, 40, 48),),
        FOLDER / "torch_one_sigmoid_any_size.onnx",
        dynamic_shapes=({0: batch, 2: height, 3: width},),
        external_data=False,
    )
    # The exporter that was the default until PyTorch 2.8.
    torch.onnx.export(
        softmax,
        (one,),
        FOLDER / "torch_two_softmax_legacy.onnx",
        input_names=["input"],
        output_names=["output"],
        dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
        dynamo=False,
    )
    drop_places()
    with torch.no_grad():
        outputs = {
            name: network(standardised(images)).numpy()
            for name, network in {
                "torch_two_logits": two,
                "torch_one_sigmoid_any_size": sigmoid,
                "torch_two_softmax_legacy": softmax,
            }.items()
        }
    np.savez_compressed(FOLDER / "torch_outputs.npz", images=images, **outputs)


def drop_places() -> None:
    """Take out the stack traces, which name folders of the computer; weights stay in place."""
    for path in FOLDER.glob("torch_*.onnx"):
        model = onnx.load(path, load_external_data=False)
        for part in (model, model.graph, *model.graph.node, *model.graph.initializer):
            del part.metadata_props[:]
        onnx.save(model, path)


def livers(random: np.random.Generator, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Grey speckle that darkens with depth where the label is 1: uint8 (n, height, width), (n,)."""
    labels = np.arange(number) % 2
    slope = np.linspace(0.5, -0.5, SIDE)[:, np.newaxis] * labels[:, np.newaxis, np.newaxis]
    noise = random.standard_normal((number, SIDE, SIDE))
    return np.clip(100 + 160 * slope + 25 * noise, 0, 255).astype(np.uint8), labels


def standardised(images: np.ndarray) -> torch.Tensor:
    """What torchvision's ToTensor and Normalize make of a grey picture with three channels."""
    grey = torch.from_numpy(images).float()[:, None].repeat(1, 3, 1, 1) / 255
    return (grey - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]


def fit(network: nn.Module, images, labels, loss: nn.Module, dtype=torch.float) -> None:
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    target = torch.from_numpy(labels).to(dtype)
    for _ in range(60):
        optimizer.zero_grad()
        loss(network(standardised(images)), target).backward()
        optimizer.step()
    network.eval()


if __name__ == "__main__":
    main()
