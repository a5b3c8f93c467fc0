#!/bin/sh
# Installs Python and the locked packages in /opt/reconattack: what Dockerfile and reconattack.def
# have in common. Root, in an image of Debian; the lock lies beside this file.
# Usage: install.sh cpu|gpu VERSION
set -eu
variant=$1
version=$2
lock=$(dirname "$0")/requirements.txt
home=/opt/reconattack
export DEBIAN_FRONTEND=noninteractive PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

apt-get update -qq
# certificates: Keras and pooch fetch weights and data by https
apt-get install -qq --no-install-recommends ca-certificates python3 python3-venv > /dev/null
python3 -m venv $home
$home/bin/python -m pip install --quiet --require-hashes --requirement "$lock"
case $variant in
    cpu) ;;
    gpu)  # the same versions; what NVIDIA adds to them is outside the lock
        locked() { $home/bin/python -c "import importlib.metadata as m; print(m.version('$1'))"; }
        runtime=$(locked onnxruntime)
        $home/bin/python -m pip uninstall --quiet --yes onnxruntime
        $home/bin/python -m pip install --quiet \
            "tensorflow[and-cuda]==$(locked tensorflow)" "onnxruntime-gpu==$runtime"
        ;;
    *) echo "install.sh: variant is '$variant'; expected cpu or gpu" >&2; exit 1 ;;
esac

# What results/provenance.json says of the image; its own digest an image cannot know.
printf '{"version": "%s", "variant": "%s", "requirements_sha256": "%s"}\n' \
    "$version" "$variant" "$(sha256sum "$lock" | cut -d ' ' -f 1)" > "$(dirname "$0")/image.json"

# C++ headers for operators of one's own, a ninth of the image, what drives a browser, which is not here,
# and the bytecode of the packages' own tests. Other bytecode stays: nobody but root could write it
# here, and each job would compile anew.
rm -rf $home/lib/python3*/site-packages/tensorflow/include $home/lib/python3*/site-packages/playwright/driver
find $home -path '*/tests/*' -name '*.pyc' -delete
$home/bin/python -m pip uninstall --quiet --yes pip
apt-get purge -qq --auto-remove python3-venv > /dev/null
# /tmp and the home are the host's own while Apptainer builds: nothing of them is touched.
find /var/cache -type f -delete
rm -rf /var/lib/apt/lists/* /var/log/*
