#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The busybox template by itself.

load helpers

template() { # further arguments
	mkdir -p "$SCRATCH/box"
	echo 'lxc.net.0.type = empty' >"$SCRATCH/box/config"
	run --separate-stderr "$TEMPLATE" --path="$SCRATCH/box" --name=box --rootfs="$SCRATCH/box/rootfs" "$@"
}

@test "the template fills a root file system and appends to the configuration" {
	template
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	for line in 'lxc.net.0.type = empty' "lxc.rootfs.path = $SCRATCH/box/rootfs" 'lxc.signal.halt = SIGUSR1' \
		'lxc.signal.reboot = SIGTERM' 'lxc.uts.name = box' 'lxc.autodev = 1' \
		'lxc.mount.entry = shm dev/shm tmpfs defaults,create=dir 0 0'; do
		grep -qxF "$line" "$SCRATCH/box/config"
	done
	cd "$SCRATCH/box/rootfs"
	[ "$(readlink bin/sh)" = busybox ]
	[ sbin/init -ef bin/busybox ]
	[ "$(stat -c %a tmp bin/passwd bin/busybox etc/init.d/rcS etc/inittab | xargs)" = "1777 4755 755 744 644" ]
	[ -z "$(find . -type c -o -type b)" ]
	grep -q '^root:[*!]' etc/shadow
}

@test "the template keeps a rootfs line that is there" {
	mkdir -p "$SCRATCH/box"
	echo "lxc.rootfs.path = dir:$SCRATCH/box/rootfs" >"$SCRATCH/box/config"
	"$TEMPLATE" --path="$SCRATCH/box" --name=box --rootfs="$SCRATCH/box/rootfs"
	[ "$(grep -c '^lxc.rootfs.path' "$SCRATCH/box/config")" -eq 1 ]
}

@test "the template mounts libraries of the host for a dynamic busybox only" {
	template
	! grep -q 'ro,bind 0 0' "$SCRATCH/box/config"
	rm -rf "$SCRATCH/box"
	printf '#include <stdio.h>\nint main(void) { return puts("sh") < 0; }\n' >"$SCRATCH/box.c"
	cc -o "$SCRATCH/dynamic" "$SCRATCH/box.c"
	template --busybox-path "$SCRATCH/dynamic"
	[ "$status" -eq 0 ]
	grep -qxF 'lxc.mount.entry = /usr/lib usr/lib none ro,bind 0 0' "$SCRATCH/box/config"
}

@test "the template touches nothing without a busybox" {
	template --busybox-path "$SCRATCH/nosuch"
	[ "$status" -eq 1 ]
	assert_stderr "ERROR: Failed to find busybox binary"
	[ ! -e "$SCRATCH/box/rootfs" ]
}

@test "the template refuses a name that would write configuration" {
	run --separate-stderr "$TEMPLATE" --path="$SCRATCH" --name=$'x\nlxc.hook.start = /bin/evil' --rootfs="$SCRATCH/rootfs"
	[ "$status" -eq 1 ]
	assert_stderr "new line"
	[ ! -e "$SCRATCH/config" ]
	run --separate-stderr "$TEMPLATE" --name=x
	[ "$status" -eq 1 ]
	assert_stderr "ERROR: " "--path"
	run --separate-stderr "$TEMPLATE" --bogus
	[ "$status" -eq 1 ]
	run --separate-stderr "$TEMPLATE" -h
	[ "$status" -eq 0 ]
}

@test "the template gives files away inside an id map" {
	template --mapped-uid 1234 --mapped-gid 1235
	[ "$status" -eq 0 ]
	[ "$(stat -c %u:%g "$SCRATCH/box/config")" = 1234:1235 ]
	[ "$(stat -c %u:%g "$SCRATCH/box/rootfs")" = 0:0 ]
	[ "$(stat -c %a "$SCRATCH/box/rootfs/bin/passwd")" = 4755 ]
}
