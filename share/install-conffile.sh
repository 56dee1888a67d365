#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# install-conffile.sh SOURCE TARGET: installs a configuration file unless there is one already.
set -eu
target=${DESTDIR:-}$2
if [ -e "$target" ]; then
	echo "Keeping $target"
	exit 0
fi
mkdir -p "${target%/*}"
install -m 0644 "$1" "$target"
