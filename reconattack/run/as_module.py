"""What the workflow needs where another workflow imports it as a module (docs/module.md)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml


def with_defaults(config: Mapping[str, Any], defaults: Path | str) -> dict[str, Any]:
    """Lay a configuration over the default one, as `--configfile` does.

    Snakemake reads no configuration file in a module that is given its configuration.

    Parameters
    ----------
    config
        The configuration. Its maps are merged into the defaults, its lists replace theirs.
    defaults
        The default configuration, a YAML file.
    """
    return laid_over(yaml.safe_load(Path(defaults).read_text(encoding="utf-8")), config)


def laid_over(below: Any, above: Any) -> Any:
    """Two configurations, one laid over the other as Snakemake does it: maps are merged."""
    if not (isinstance(below, Mapping) and isinstance(above, Mapping)):
        return above
    changed = {key: laid_over(below[key], above[key]) for key in below.keys() & above.keys()}
    return {**below, **above, **changed}


def let_jobs_import(root: str) -> None:
    """Let every job that is started from now on import the library in `root`.

    Snakemake appends the folder of the Snakefile to the search path of a script, behind the
    installed packages. A copy of the library among those would come first without this.
    """
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    paths = [root, *(path for path in others if path != root)]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
