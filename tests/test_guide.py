"""What docs/your-data.md has a person type: its configuration, its commands, its PyTorch lines."""

import ast
import re
import shlex

import yaml

from reconattack.__main__ import main
from reconattack.run.as_module import laid_over
from reconattack.run.configuration import check_configuration
from tests.places import ROOT

GUIDE = (ROOT / "docs" / "your-data.md").read_text(encoding="utf-8")
DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def test_configuration_of_the_guide_passes():
    (config,) = (block for block in blocks("yaml") if "cohort: mine" in block)
    check_configuration(
        laid_over(DEFAULT, yaml.safe_load(config)), ROOT / "schemas" / "config.schema.yaml"
    )


def test_commands_of_the_guide_have_the_options_of_the_command_line(capsys, tmp_path):
    """The audit stops at its table, which is not there; an unknown option would stop it before."""
    lines = [
        line
        for block in blocks("console")
        for line in block.replace("\\\n", " ").splitlines()
        if line.startswith("python -m reconattack")
    ]
    assert len(lines) == 2
    for line in lines:
        _, _, _, *arguments = shlex.split(line.replace("~", str(tmp_path)))
        status = main(arguments)
        printed = capsys.readouterr()
        assert (status == 0) == (arguments[0] == "propose")
        assert status == 0 or "expected a frame table, and there is none" in printed.err


def pytorch():
    """The blocks that export a network: of two classes, classes, a number and a mask."""
    return [block for block in blocks("python") if "torch.onnx.export" in block]


def test_pytorch_is_exported_as_the_network_of_the_examples():
    def export(code):
        calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
        (call,) = (call for call in calls if ast.unparse(call.func) == "torch.onnx.export")
        return {word.arg: ast.unparse(word.value) for word in call.keywords}

    example = export((ROOT / "examples" / "train_liver_cnn.py").read_text())
    assert len(pytorch()) == 4
    for block in pytorch():
        assert export(block)["dynamic_shapes"] == example["dynamic_shapes"]
        assert "model.eval()" in block
