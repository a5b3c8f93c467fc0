"""What the code of this repository never does, whatever a rule of style lets pass."""

import ast
import io
import tokenize

import pytest

from tests.places import ROOT

FOLDERS = ("reconattack", "scripts", "tools", "benchmarks", "tests")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
WORKFLOW = [ROOT / "Snakefile", *sorted((ROOT / "rules").glob("*.smk"))]
CONFIGURATIONS = [ROOT / "config.yaml", *sorted((ROOT / "config").glob("*.yaml"))]
RUNNING_FORMATS = {
    "pickle",
    "joblib",
    "cloudpickle",
    "dill",
    "marshal",
    "shelve",
    "torch",
    "jsonpickle",
}
EXCEPTIONS = {  # makers of files that are refused, and of ONNX files out of PyTorch
    "tests/classifiers/backends/test_model_files.py": {"import pickle", "import joblib"},
    "tests/data/make_resized.py": {"import torch"},
    "tests/data/make_torch_models.py": {"import torch"},
    # Run by hand, for the files beside it: it exports networks by the lines of docs/your-data.md.
    "tests/data/make_torch_decisions.py": {"import torch", "exec"},
}
RUNTIME = "reconattack/classifiers/backends/onnx_runtime.py"  # loads it without its telemetry
CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "pd.read_pickle"}
SAFE_LOADERS = {"SafeLoader", "CSafeLoader"}


def forbidden(tree):
    """Each thing in a source that could run what a file or a configuration says."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            modules = names if isinstance(node, ast.Import) else [node.module or ""]
            roots = {module.split(".")[0] for module in modules}
            yield from (f"import {name}" for name in sorted(roots & RUNNING_FORMATS))
        elif isinstance(node, ast.Call):
            yield from forbidden_call(node)


def forbidden_call(call):
    name = ast.unparse(call.func)
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    if name in CALLS or name.split(".")[-1] in ("to_pickle", "read_pickle"):
        yield name
    if given.get("allow_pickle", "False") != "False":
        yield f"{name}(allow_pickle={given['allow_pickle']})"
    if given.get("shell", "False") != "False" or name.startswith(("os.spawn", "os.exec")):
        yield f"{name}(shell)"
    if name in ("subprocess.getoutput", "subprocess.getstatusoutput"):
        yield name
    if given.get("safe_mode", "True") != "True" or "unsafe" in name:
        yield f"{name}(safe_mode={given.get('safe_mode')})"
    is_loader = name.startswith("yaml.") and name.split(".")[-1] in ("load", "load_all")
    loaders = {given.get("Loader", ""), *map(ast.unparse, call.args[1:])}
    if is_loader and not {loader.split(".")[-1] for loader in loaders} & SAFE_LOADERS:
        yield name
    if name in ("yaml.unsafe_load", "yaml.full_load", "yaml.UnsafeLoader"):
        yield name


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_runs_what_a_file_says(folder):
    found = {
        path.relative_to(ROOT).as_posix(): set(forbidden(ast.parse(path.read_text())))
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] == folder
    }
    assert len(found) > 3
    expected = {name: said for name, said in EXCEPTIONS.items() if name.startswith(f"{folder}/")}
    assert {name: said for name, said in found.items() if said} == expected


@pytest.mark.parametrize(
    "code",
    [
        *("import pickle", "from joblib import load", "import os, dill.source", "import torch"),
        *("eval(x)", "exec(x)", "__import__(x)", "os.system(x)", "df.to_pickle(x)"),
        *("np.load(x, allow_pickle=True)", "np.load(x, allow_pickle=flag)"),
        *("yaml.load(x)", "yaml.load(x, Loader=yaml.Loader)", "yaml.full_load(x)"),
        *("subprocess.run(x, shell=True)", "subprocess.getoutput(x)", "os.execvp(x, y)"),
        *(
            "keras.models.load_model(x, safe_mode=False)",
            "keras.config.enable_unsafe_deserialization()",
        ),
    ],
)
def test_what_is_forbidden_is_found(code):
    assert list(forbidden(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        *("np.load(x)", "np.load(x, allow_pickle=False)", "yaml.safe_load(x)", "model.load(x)"),
        *("yaml.load(x, Loader=yaml.CSafeLoader)", "re.compile(x)", "subprocess.run([x])"),
        *("keras.models.load_model(x, safe_mode=True)", "ast.literal_eval(x)"),
    ],
)
def test_what_is_sound_passes(code):
    assert not list(forbidden(ast.parse(code)))


def test_networks_are_loaded_in_safe_mode():
    """Keras' default may change: where a network is loaded, the mode is named."""
    calls = [
        node
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] != "tests"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("load_model")
    ]
    of_keras = [call for call in calls if ast.unparse(call.func).startswith("keras.")]
    assert of_keras
    for call in of_keras:
        assert "safe_mode=True" in ast.unparse(call)


@pytest.mark.parametrize("path", WORKFLOW, ids=lambda path: path.name)
def test_rules_run_scripts_and_no_shell(path):
    """A script gets configuration values as values, a shell would get them as text."""
    assert ways_to_run(path.read_text()) == set()


def ways_to_run(text):
    """Directives of Snakemake and calls of Python that run more than a script."""
    tokens = [
        token
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type in (tokenize.NAME, tokenize.OP)
    ]
    directives = {"shell", "run", "notebook", "wrapper", "conda", "cwl", "template_engine"}
    calls = {"eval", "exec", "compile", "__import__", "subprocess", "popen", "system", "pickle"}
    found = {token.string for token in tokens} & calls
    words = [token.string for token in tokens]
    for number, word in enumerate(words):
        named = number + 1 if word == "module" else number
        if word in directives | {"module"} and words[named + 1 : named + 2] == [":"]:
            found.add(word)
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('rule a:\n    shell:\n        "ls"\n', {"shell"}),
        ("rule a:\n    run:\n        print(1)\n", {"run"}),
        ('module other:\n    snakefile: "x"\n', {"module"}),
        ("x = eval(y)\n", {"eval"}),
        ("from reconattack.run import jobs\nfor name, module in x: print(module)\n", set()),
    ],
)
def test_ways_to_run_are_found(text, found):
    assert ways_to_run(text) == found


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.name)
def test_no_configuration_of_ours_is_a_program(path):
    """Snakemake would evaluate its expressions (YTE) where it asks for that."""
    assert "__use_yte__" not in path.read_text()


def test_some_rules_run_scripts():
    texts = [path.read_text() for path in WORKFLOW]
    assert len(texts) == 8
    assert sum(text.count("script:") for text in texts) > 38


def test_onnx_runtime_is_loaded_in_one_place():
    """Where the variable is set that forbids its telemetry."""
    naming = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if path.is_relative_to(ROOT / "reconattack") or path.is_relative_to(ROOT / "scripts")
        if loads(ast.parse(path.read_text(encoding="utf-8")), "onnxruntime")
    ]
    assert naming == [RUNTIME]


def loads(tree, module):
    """Whether a source imports a module, anywhere in it, or names it as a text."""
    return any(
        (isinstance(node, ast.Import) and module in [alias.name for alias in node.names])
        or (isinstance(node, ast.ImportFrom) and node.module == module)
        or (isinstance(node, ast.Constant) and node.value == module)
        for node in ast.walk(tree)
    )
