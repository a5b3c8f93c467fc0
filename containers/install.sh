#!/bin/sh
# Installs Python and the locked packages in /opt/reconattack, for Dockerfile and for reconattack.def.
# Root runs it in a Debian image; the lock file is in the folder of this script.
# Usage: install.sh cpu|gpu VERSION
set -eu
variant=$1
version=$2
lock=$(dirname "$0")/requirements.txt
home=/opt/reconattack
export DEBIAN_FRONTEND=noninteractive PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

apt-get update -qq
# certificates: Keras and pooch download weights and data by https
apt-get install -qq --no-install-recommends ca-certificates python3 python3-venv > /dev/null
python3 -m venv $home
$home/bin/python -m pip install --quiet --require-hashes --requirement "$lock"
case $variant in
    cpu) ;;
    gpu)  # the same versions; the lock does not cover NVIDIA's additional packages
        locked() { $home/bin/python -c "import importlib.metadata as m; print(m.version('$1'))"; }
        runtime=$(locked onnxruntime)
        $home/bin/python -m pip uninstall --quiet --yes onnxruntime
        $home/bin/python -m pip install --quiet \
            "tensorflow[and-cuda]==$(locked tensorflow)" "onnxruntime-gpu==$runtime"
        ;;
    *) echo "install.sh: variant is '$variant'; expected cpu or gpu" >&2; exit 1 ;;
esac

# results/provenance.json contains this description of the image. An image cannot know its own digest.
printf '{"version": "%s", "variant": "%s", "requirements_sha256": "%s"}\n' \
    "$version" "$variant" "$(sha256sum "$lock" | cut -d ' ' -f 1)" > "$(dirname "$0")/image.json"

# Removes C++ headers for custom operators (a ninth of the image), the driver of a browser that is not
# here, the debugger and the completion of notebooks, which nobody types in here, the tests of pandas, and
# the bytecode of other packages' own tests. Other bytecode stays: only root can write it here, so without it each job would
# compile again.
for unused in tensorflow/include playwright/driver debugpy jedi/third_party pandas/tests; do
    rm -rf $home/lib/python3*/site-packages/$unused
done
find $home -path '*/tests/*' -name '*.pyc' -delete
$home/bin/python -m pip uninstall --quiet --yes pip
apt-get purge -qq --auto-remove python3-venv > /dev/null
# While Apptainer builds, /tmp and the home folder are those of the host and must stay as they are.
find /var/cache -type f -delete
rm -rf /var/lib/apt/lists/* /var/log/*
