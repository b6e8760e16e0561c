#!/bin/sh
# Install what is missing through apt; without root say what to install and fail.
set -eu
missing=""
for program in $PROGRAMS; do
    command -v "$program" >/dev/null 2>&1 || [ -x "/usr/sbin/$program" ] || missing="$missing $program"
done
[ -n "$(fc-list :lang=zh 2>/dev/null | head -n 1)" ] || missing="$missing chinese-font"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ]; then
    echo "missing:$missing. As root: apt-get install --no-install-recommends $PACKAGES" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $PACKAGES >/dev/null
