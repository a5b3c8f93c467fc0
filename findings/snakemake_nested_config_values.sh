#!/usr/bin/env bash
# Snakemake 9.27.1: --config takes a number for a number, but inside braces for text.
#
# `--config cutoff=0.3` gives the number 0.3. `--config run='{"cutoff": 0.3}'` gives the text "0.3",
# although JSON and YAML both say that it is a number; true and null are texts there as well. The
# value is read by PyYAML's BaseLoader, which gives text for every scalar.
#
# It matters because the same keys in a file given by --configfile are numbers. A workflow that
# compares or adds such a value fails, or goes on with "false", which counts as true. A workflow has
# to convert these texts itself, for example where its schema expects a number.
#
# The script exits with 0 as long as this is so, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check snakemake==9.27.1
cd "$folder"
cat > Snakefile <<'SNAKEFILE'
import json

print("found", json.dumps(config, sort_keys=True))


rule all:
    localrule: True
SNAKEFILE
echo 'run: {cutoff: 0.3, flip: false, weights: null}' > file.yaml
found() {
    venv/bin/snakemake --dry-run --cores 1 "$@" 2> /dev/null | grep '^found' | head -n 1
}
alone=$(found --config cutoff=0.3)
inside=$(found --config 'run={"cutoff": 0.3, "flip": false, "weights": null}')
file=$(found --configfile file.yaml)
echo "alone:      $alone"
echo "in braces:  $inside"
echo "in a file:  $file"
[ "$alone" = 'found {"cutoff": 0.3}' ]
[ "$file" = 'found {"run": {"cutoff": 0.3, "flip": false, "weights": null}}' ]
[ "$inside" = 'found {"run": {"cutoff": "0.3", "flip": "false", "weights": "null"}}' ]
