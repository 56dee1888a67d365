#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Creations that come to nothing, and what templates share with the host.

load helpers

# A template: shell code with $path and $rootfs.
template() {
	printf '#!/bin/sh\nfor word; do\n\tcase $word in --path=*) path=${word#*=} ;; --rootfs=*) rootfs=${word#*=} ;; esac\ndone\n%s\n' \
		"$1" >"$SCRATCH/template"
	chmod +x "$SCRATCH/template"
}

make() { lxc create -f "$DEFAULT_CONF" -t "$SCRATCH/template" "$C" "$@"; }

@test "an abandoned creation takes back what it made and not what was there" {
	mkdir "$SCRATCH/mine"
	echo mine >"$SCRATCH/mine/file"
	template 'echo x >"$rootfs/new"; echo $$ >'"$SCRATCH/pid"'; exec sleep 100'
	lxc-create -P "$P" -f "$DEFAULT_CONF" -t "$SCRATCH/template" "$C" --dir="$SCRATCH/mine" 3>&- &
	wait_for test -s "$SCRATCH/pid"
	kill -KILL $!
	reap $!
	# As long as the template runs, somebody works on the container.
	run --separate-stderr lxc destroy "$C"
	[ "$status" -eq 1 ]
	assert_stderr "is being created"
	[ -e "$P/$C/partial" ]
	kill -KILL "$(cat "$SCRATCH/pid")"
	wait_for eval '[ -z "$(own_tree)" ]'
	run lxc info "$C"
	[ "$status" -eq 1 ]
	[ ! -e "$P/$C" ]
	[ "$(cat "$SCRATCH/mine/file")" = mine ]
}

@test "an abandoned creation leaves nothing of what it made" {
	template 'echo x >"$rootfs/file"; echo $$ >'"$SCRATCH/pid"'; exec sleep 100'
	lxc-create -P "$P" -f "$DEFAULT_CONF" -t "$SCRATCH/template" "$C" --dir="$SCRATCH/new" 3>&- &
	wait_for test -s "$SCRATCH/pid"
	kill -KILL $! "$(cat "$SCRATCH/pid")"
	reap $!
	wait_for eval '[ -z "$(own_tree)" ]'
	run lxc info "$C"
	[ "$status" -eq 1 ]
	[ ! -e "$P/$C" ]
	[ ! -e "$SCRATCH/new" ]
}

@test "a container that is being created is not destroyed" {
	template 'echo x >'"$SCRATCH/runs"'; while [ ! -e '"$SCRATCH/go"' ]; do sleep 0.1; done'
	make &
	wait_for test -e "$SCRATCH/runs"
	run --separate-stderr lxc destroy "$C"
	[ "$status" -eq 1 ]
	assert_stderr "$C" "is being created"
	touch "$SCRATCH/go"
	reap $!
	[ "$status" -eq 0 ]
	[ "$(lxc ls)" = "$C" ]
	lxc destroy "$C"
	[ ! -e "$P/$C" ]
}

@test "what a template mounts is gone with it" {
	template 'mount -t tmpfs tmpfs "$rootfs" && touch "$rootfs/file" && exit 3'
	run --separate-stderr make
	[ "$status" -eq 1 ]
	assert_stderr "failed with status 3"
	! grep -q "$P" /proc/self/mountinfo
	[ ! -e "$P/$C" ]
}

@test "a template has a umask of its own" {
	template 'umask >"$rootfs/umask"; touch "$rootfs/file"'
	(umask 077 && make)
	[ "$(cat "$P/$C/rootfs/umask")" = 0022 ]
	[ "$(stat -c %a "$P/$C/rootfs/file")" = 644 ]
}

@test "a template that fails is noticed by who ignores its children, and runs without streams" {
	template 'exit 3'
	run --separate-stderr timeout 60 env --ignore-signal=CHLD lxc-create -P "$P" -f "$DEFAULT_CONF" -t "$SCRATCH/template" "$C" 3>&-
	[ "$status" -eq 1 ]
	assert_stderr "failed with status 3"
	[ ! -e "$P/$C" ]
	template 'for fd in 0 1 2; do readlink /proc/self/fd/$fd; done >"$rootfs/fds"'
	timeout 60 lxc-create -P "$P" -f "$DEFAULT_CONF" -t "$SCRATCH/template" "$C" 3>&- 2>&- <&-
	[ "$(grep -c /dev/null "$P/$C/rootfs/fds")" -eq 2 ]
}

@test "a destroy removes directories only, and says so" {
	echo x >"$SCRATCH/image"
	for path in "$SCRATCH/image" "loop:$SCRATCH/image" "overlay:$SCRATCH:$SCRATCH/up"; do
		mkdir -p "$P/$C"
		echo "lxc.rootfs.path = $path" >"$P/$C/config"
		run --separate-stderr lxc destroy "$C"
		[ "$status" -eq 1 ]
		echo "$stderr"
		assert_stderr "lxc.rootfs.path = $path"
		[ -e "$P/$C/config" ]
		[ -e "$SCRATCH/image" ]
	done
}
