#!/bin/sh
# Runs a command as the owner of the working folder, so that the caller owns the results. The command has
# none of root's privileges and cannot gain them: it has no capabilities, and no program gives new ones.
# Under rootless podman and in root's own folders the owner is root, who is the caller there. The command
# then has root's user ID, for the files that it makes, but not root's privileges. A user that is given
# with --user stays that user.
set -eu
powerless="--no-new-privs --inh-caps=-all --bounding-set=-all"
[ "$(id -u)" = 0 ] || exec setpriv --no-new-privs -- "$@"
owner=$(stat --format %u .)
if [ "$owner" != 0 ]; then
    exec setpriv --reuid "$owner" --regid "$(stat --format %g .)" --clear-groups $powerless -- "$@"
fi
exec setpriv $powerless -- "$@"
