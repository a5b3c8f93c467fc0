#!/bin/sh
# Compiles the passes over pixels (reconattack/reconstruction/passes.c) into /opt/reconattack, for Dockerfile
# and for reconattack.def. Root runs it after install.sh; the code is in the folder of this script. Nothing
# else stays of it.
set -eu
home=/opt/reconattack
code=$(dirname "$0")
export DEBIAN_FRONTEND=noninteractive

apt-get update -qq
apt-get install -qq --no-install-recommends gcc libc6-dev > /dev/null
$home/bin/python "$code/passes.py" $home/lib/reconattack
rm "$code/passes.py" "$code/passes.c" "$0"
apt-get purge -qq --auto-remove gcc libc6-dev > /dev/null
find /var/cache -type f -delete
rm -rf /var/lib/apt/lists/* /var/log/*
