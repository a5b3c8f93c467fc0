"""Train a small PyTorch network on simulated images and export it: the model of the notebooks.

    pip install . torch==2.14.1 onnxscript==0.7.2
    python examples/train_liver_cnn.py

The images are reconstructions of simulated patients at the paper's setting. liver_cnn.onnx was made
by this script in ten minutes on one core. The notebooks use other patients.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

import reconattack as ra
from reconattack.classifiers.network_input import NetworkInput

SIDE = 64
TRAINING, TEST = 500, 100
EPOCHS = 60
BATCH = 32
FILE = Path(__file__).with_name("liver_cnn.onnx")


def main() -> None:
    """Train, test and export the network."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    images, labels = simulated_images("training", TRAINING)
    network = nn.Sequential(
        *(nn.Conv2d(1, 8, 5, stride=2, padding=2), nn.BatchNorm2d(8), nn.ReLU()),
        *(nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.Conv2d(16, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.AvgPool2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(256, 1)),
    )
    fit(network, images, labels)
    test_images, test_labels = simulated_images("test", TEST)
    with torch.no_grad():
        right = (network(test_images)[:, 0] > 0) == (test_labels > 0.5)
    print(f"right for {int(right.sum())} of {TEST} patients that it was not trained on")
    export(network)


def simulated_images(cohort: str, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (n, 1, height, width) from 0 to 1, and labels (n,), of simulated patients."""
    resize = NetworkInput(SIDE, SIDE)
    frames = [ra.simulate_frame(f"{cohort} {number:03d}") for number in range(count)]
    pictures = [ra.reconstruct(frame, ra.paper_setting())["bmode"].values for frame in frames]
    images = np.concatenate([resize(picture[np.newaxis]) for picture in pictures]) / 255
    labels = [float(frame.attrs["label"]) for frame in frames]
    return torch.tensor(images, dtype=torch.float32)[:, None], torch.tensor(labels)


def fit(network: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> None:
    """Minimize the cross-entropy, with both classes weighted alike and images shifted at random."""
    optimizer = torch.optim.AdamW(network.parameters(), 0.001, weight_decay=0.1)
    weight = (1 - labels).sum() / labels.sum()
    loss = nn.BCEWithLogitsLoss(pos_weight=weight)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images)).split(BATCH):
            shift = torch.randint(-2, 3, (2,)).tolist()
            shifted = torch.roll(images[batch], shift, dims=(2, 3))
            optimizer.zero_grad()
            loss(network(shifted)[:, 0], labels[batch]).backward()
            optimizer.step()
    network.eval()


def export(network: nn.Module) -> None:
    """Write the network as ONNX, without the exporter's notes, which name folders."""
    batch = torch.export.Dim("batch")
    torch.onnx.export(
        network,
        (torch.zeros(2, 1, SIDE, SIDE),),
        FILE,
        dynamic_shapes=({0: batch},),
        external_data=False,
    )
    model = onnx.load(FILE)
    for part in (model, model.graph, *model.graph.node, *model.graph.initializer):
        del part.metadata_props[:]
    onnx.save(model, FILE)


if __name__ == "__main__":
    main()
