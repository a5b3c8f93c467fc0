"""Every rule has one value for each parameter of its script's entry function."""

import ast
import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from reconattack.run.jobs import OWN
from tests.places import ROOT

LISTING = f"""
import json


include: "{ROOT}/Snakefile"


with open("rules.json", "w") as file:
    found = {{
        each.name: {{
            "script": each.script,
            "named": [each.input.keys(), each.output.keys(), each.params.keys()],
            "wildcards": each.wildcard_names,
        }}
        for each in workflow.rules
        if each.script
    }}
    json.dump(found, file, default=list)
"""
# Params that the frame of the job takes, or a caption, or nobody
FURTHER = ("code", "texts", "look", "kind")


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    """Script, named items and wildcards of every rule that runs a script."""
    folder = tmp_path_factory.mktemp("listing")
    (folder / "Snakefile").write_text(LISTING)
    command = [sys.executable, "-m", "snakemake", "--list-rules"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return json.loads((folder / "rules.json").read_text())


def entry_of(script):
    """The function that a script gives to `run_rule` or `run_figure`."""
    path = Path("scripts", *Path(script).parts[-2:])
    foot = ast.parse((ROOT / path).read_text()).body[-1]
    module = importlib.import_module(".".join(path.with_suffix("").parts))
    return getattr(module, foot.body[0].value.args[0].id)


def test_parameters_are_in_one_place_of_the_rule(rules):
    assert len(rules) > 50
    wrong = {}
    for name, rule in rules.items():
        places = [*rule["named"], rule["wildcards"], OWN]
        for parameter in inspect.signature(entry_of(rule["script"])).parameters.values():
            found = sum(parameter.name in place for place in places)
            if found != 1 and not (found == 0 and parameter.default is not parameter.empty):
                wrong[f"{name}: {parameter.name}"] = found
    assert wrong == {}


def test_params_are_taken_by_the_script(rules):
    unused = {
        f"{name}: {param}"
        for name, rule in rules.items()
        for param in rule["named"][2]
        if param not in inspect.signature(entry_of(rule["script"])).parameters
        and param not in FURTHER
    }
    assert unused == set()
