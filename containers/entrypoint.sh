#!/bin/sh
# Runs a command as the owner of the working folder, so that the caller owns what it makes, and without
# any of root's powers or a way to them: no capabilities, and no program gives new ones.
# Under rootless podman and for root's own folders that owner is root, who is the caller there: in number
# alone, as a file's owner. A user named with --user stays that user.
set -eu
powerless="--no-new-privs --inh-caps=-all --bounding-set=-all"
[ "$(id -u)" = 0 ] || exec setpriv --no-new-privs -- "$@"
owner=$(stat --format %u .)
if [ "$owner" != 0 ]; then
    exec setpriv --reuid "$owner" --regid "$(stat --format %g .)" --clear-groups $powerless -- "$@"
fi
exec setpriv $powerless -- "$@"
