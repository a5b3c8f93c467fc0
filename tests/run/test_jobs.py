"""The frame around a job, in processes of their own: it takes over their standard streams."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
from snakemake.iocontainers import InputFiles, OutputFiles, Params, Wildcards

from reconattack.run.jobs import arguments, check_library
from tests.places import ROOT


@pytest.fixture
def run_job(tmp_path):
    def run(body, imports="sys"):
        indented = "\n".join(f"    {line}" for line in body.splitlines())
        head = f"import {imports}\nfrom reconattack.run.jobs import job\nwith job(sys.argv[1]):\n"
        code = f"{head}{indented}\n"
        log = tmp_path / "job.log"
        done = subprocess.run(
            [sys.executable, "-c", code, str(log)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        return done, log.read_text()

    return run


def test_everything_that_is_said_goes_into_the_log(run_job):
    done, log = run_job(
        "import logging, os\n"
        "print('printed')\n"
        "print('warned', file=sys.stderr)\n"
        "logging.getLogger('some').info('logged %d', 3)\n"
        "sys.stdout.flush()\n"
        "os.system('echo from a child')"
    )
    assert done.returncode == 0
    assert done.stdout + done.stderr == ""
    assert set(log.splitlines()) == {"printed", "warned", "logged 3", "from a child"}


def test_fonts_of_a_figure_are_not_in_the_log(run_job):
    _, log = run_job(
        "import io, logging\n"
        "from matplotlib.figure import Figure\n"
        "figure = Figure()\n"
        "figure.text(0.5, 0.5, '$\\\\alpha$ and beta')\n"
        "logging.getLogger('reconattack.figures').info('drawn')\n"
        "figure.savefig(io.BytesIO(), format='pdf', metadata={'CreationDate': None})\n"
        "figure.savefig(io.BytesIO(), format='svg')"
    )
    assert log == "drawn\n"


def test_input_error_shows_its_message_alone(run_job):
    done, log = run_job(
        "from reconattack.errors import InputError\n"
        "print('before')\n"
        "raise InputError('frame f1: label is 2')"
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "frame f1: label is 2"
    assert done.stdout == ""
    assert set(log.splitlines()) == {"before", "frame f1: label is 2"}


def test_other_errors_show_their_traceback(run_job):
    done, log = run_job("{}['missing']")
    assert done.returncode == 1
    for story in (done.stderr, log):
        assert "Traceback" in story
        assert "KeyError: 'missing'" in story


def test_log_of_a_job_that_crashed_has_its_last_words(run_job):
    done, log = run_job("logging.info('a.h5: reading')\nos.abort()", imports="sys, logging, os")
    assert done.returncode < 0
    assert log == "a.h5: reading\n"


def test_file_that_is_gone(run_job):
    done, log = run_job("open('results/gone.nc')")
    for story in (done.stderr, log):
        assert "results/gone.nc: is not there" in story
        assert "start again" in story
        assert "Traceback" not in story


def test_linear_algebra_has_one_thread(run_job):
    _, log = run_job(
        "print({pool['num_threads'] for pool in threadpoolctl.threadpool_info()})",
        imports="sys, threadpoolctl, numpy, scipy.linalg",
    )
    assert log == "{1}\n"


def test_log_of_an_earlier_run_is_replaced(run_job):
    run_job("print('first')")
    _, log = run_job("print('second')")
    assert log == "second\n"


def named(kind, **values):
    """A list of Snakemake's, some of whose items share a name."""
    items = kind()
    for name, value in values.items():
        several = isinstance(value, list) and kind is not Params
        first = len(items)
        items.extend(value if several else [value])
        items._set_name(name, first, end=len(items) if several else None)
    return items


@pytest.fixture
def rule(tmp_path):
    """The object that Snakemake gives to a script."""
    files = {name: tmp_path / name for name in ("chunk.nc", "a.onnx", "b.onnx")}
    for path in files.values():
        path.write_text(path.name)
    models = [str(files["a.onnx"]), str(files["b.onnx"])]
    return SimpleNamespace(
        rule="example",
        input=named(InputFiles, frames=str(files["chunk.nc"]), models=models, keras=[]),
        output=named(OutputFiles, table="t.csv", pdf="t.pdf"),
        params=named(Params, cutoff=0.5, sizes=[3, 4], keras_size=None),
        wildcards=named(Wildcards, model="compact"),
        log=["results/logs/example/compact.log"],
        config={"run": {"folds": 2}},
    )


def test_parameters_are_filled_by_name(rule):
    def entry(frames, models, keras, table, cutoff, sizes, model, keras_size, spare=3):
        """An entry function."""

    values = arguments(entry, rule, print)
    assert values == {
        "frames": rule.input[0],
        "models": list(rule.input[1:]),
        "keras": [],
        "table": "t.csv",
        "cutoff": 0.5,
        "sizes": [3, 4],
        "model": "compact",
        "keras_size": None,
    }
    assert type(values["models"]) is type(values["keras"]) is list


def test_the_job_gives_what_no_rule_names(rule):
    def entry(outputs, show, attributes, configuration):
        """An entry function."""

    values = arguments(entry, rule, print)
    assert values["outputs"] == {"table": "t.csv", "pdf": "t.pdf"}
    assert values["show"] is print
    assert values["configuration"] == {"run": {"folds": 2}}
    assert list(json.loads(values["attributes"]["source"])) == ["chunk.nc", "a.onnx", "b.onnx"]
    assert len(values["attributes"]["params_hash"]) == 64


@pytest.mark.parametrize("place", ["", "audit/", ".snakemake/storage/s3/results/results/"])
def test_paths_in_params_are_those_of_the_job(rule, place):
    copy = f"{place}results/a.onnx"
    rule.input = named(InputFiles, models=[copy])
    rule.log = [f"{place}results/logs/example/compact.log"]
    rule.params = named(Params, networks=[{"file": "results/a.onnx"}])
    assert arguments(lambda networks: None, rule, print) == {"networks": [{"file": copy}]}


@pytest.mark.parametrize(
    ("name", "message"), [("cut_off", "no input"), ("cutoff", "more than one input")]
)
def test_a_name_in_no_place_or_in_two_is_an_error(rule, name, message):
    rule.wildcards = named(Wildcards, cutoff="0.5")
    entry = {"cut_off": lambda cut_off: None, "cutoff": lambda cutoff: None}[name]
    with pytest.raises(TypeError, match=f"{message}, output, param or wildcard of rule example"):
        arguments(entry, rule, print)


def test_script_of_this_checkout_runs_with_this_library():
    check_library(ROOT / "scripts" / "data")
    check_library(f"{ROOT}/rules/../scripts/data")


def test_script_of_another_checkout_is_refused(tmp_path):
    other = tmp_path / "reconattack" / "run" / "jobs.py"
    other.parent.mkdir(parents=True)
    other.touch()
    with pytest.raises(ImportError, match=f"imports .*; expected {other}"):
        check_library(tmp_path / "scripts" / "data")


def test_checkout_out_of_sight_is_not_judged(tmp_path):
    check_library(tmp_path / "scripts" / "data")
