#!/bin/sh
# Runs a command as the owner of the working folder, so that the caller owns what it makes.
# Under rootless podman and for root's own folders that owner is root, who is the caller there. A user
# named with --user stays that user.
set -eu
owner=$(stat --format %u .)
if [ "$(id -u)" = 0 ] && [ "$owner" != 0 ]; then
    exec setpriv --reuid "$owner" --regid "$(stat --format %g .)" --clear-groups -- "$@"
fi
exec "$@"
