# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the integration tests share. A file calls `load helpers` and gets:
#   $P                an lxcpath of its own, $ROOTFS a root file system filled by the busybox template
#   lxc TOOL ARG...   lxc-TOOL -P "$P" ARG..., with a time limit
#   busybox_container NAME, plain_container NAME LINE...
# After each test the world must be as before it: processes, mounts, cgroups, sockets, files.

bats_require_minimum_version 1.5.0

# shellcheck disable=SC2034 # used by the files that load this one
TEMPLATE=$LXC_TEST_SOURCE/share/templates/lxc-busybox
P=$LXC_TEST_WORK/containers
ROOTFS=$LXC_TEST_WORK/rootfs
MNT=$LXC_TEST_WORK/mnt
SCRATCH=$LXC_TEST_WORK/scratch
DEFAULT_CONF=$LXC_TEST_WORK/default.conf
# shellcheck disable=SC2034
# A name that no other run uses, since cgroups are seen by all.
C=${LXC_TEST_PREFIX}c

lxc() {
	local tool=$1
	shift
	timeout -k 5 "${LIMIT:-60}" "lxc-$tool" -P "$P" "$@" 3>&- 4>&-
}

setup_file() {
	mkdir -p "$MNT" "$LXC_TEST_WORK/by-hand"
	printf 'lxc.net.0.type = empty\nlxc.rootfs.mount = %s\n' "$MNT" >"$DEFAULT_CONF"
	if [ ! -d "$ROOTFS" ]; then
		: >"$LXC_TEST_WORK/by-hand/config"
		"$TEMPLATE" --path="$LXC_TEST_WORK/by-hand" --name=by-hand --rootfs="$ROOTFS"
	fi
}

setup() {
	rm -rf "$P" "$SCRATCH"
	mkdir -p "$P" "$SCRATCH"
	world >"$LXC_TEST_WORK/world.before"
}

teardown() {
	local status=0
	# Not lxc-destroy: the root file system of most belongs to all.
	for dir in "$P"/*/; do
		[ -d "$dir" ] || continue
		lxc stop -q -k "$(basename "$dir")" >/dev/null 2>&1 || :
	done
	rm -rf "${P:?}"/*
	# A process that was told to die may need a moment to be gone.
	for _ in $(seq 50); do
		world >"$LXC_TEST_WORK/world.after"
		cmp -s "$LXC_TEST_WORK/world.before" "$LXC_TEST_WORK/world.after" && break
		sleep 0.1
	done
	if ! diff "$LXC_TEST_WORK/world.before" "$LXC_TEST_WORK/world.after" >"$LXC_TEST_WORK/leaks"; then
		echo "left behind:"
		cat "$LXC_TEST_WORK/leaks"
		status=1
	fi
	clean_up_by_force
	rm -rf "$P" "$SCRATCH"
	return $status
}

# Everything that a container may leave, one object a line. Lock files are kept on purpose: removing one is a race.
world() {
	own_tree | while read -r pid; do
		printf 'process %s %s\n' "$pid" "$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
	done
	awk '{ print "mount", $5, $9 }' /proc/self/mountinfo | sort
	find /sys/fs/cgroup -type d -path "*$LXC_TEST_PREFIX*" 2>/dev/null | sed 's/^/cgroup /' | sort
	awk '$NF ~ /^@/ { print "socket", $NF }' /proc/net/unix | sort
	find /run "$P" "$MNT" -not -path '/run/lxc*' 2>/dev/null | sed 's/^/file /' | sort
	find /run/lxc -type f -not -path '/run/lxc/lock/*' 2>/dev/null | sed 's/^/file /' | sort
	find "$ROOTFS" -newer "$DEFAULT_CONF" \( -name 'lxc.hold' -o -name 'init.lxc*' -o -name '.lxc*' \) 2>/dev/null | sort
}

# Processes of this pid name space that do not belong to the test run itself.
own_tree() {
	local pid parent comm
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		parent=$pid
		while [ "$parent" -gt 1 ] 2>/dev/null && ! is_harness "$parent"; do
			parent=$(sed 's/.*) . //; s/ .*//' "/proc/$parent/stat" 2>/dev/null) || break
		done
		[ "$pid" -eq 1 ] || is_harness "$parent" || {
			comm=$(cat "$dir/comm" 2>/dev/null) || continue
			[ -z "$comm" ] || echo "$pid"
		}
	done
}

# bats, the time limit around it, and whatever descends from them; never a daemon, whose parent is process 1.
is_harness() {
	case $(tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null) in
	*/bats-* | *"bats --formatter"*) return 0 ;;
	esac
	return 1
}

clean_up_by_force() {
	own_tree | while read -r pid; do
		kill -KILL "$pid" 2>/dev/null
	done
	while umount -l "$MNT" 2>/dev/null; do :; done
	find /sys/fs/cgroup -depth -type d -path "*$LXC_TEST_PREFIX*" -exec rmdir {} \; 2>/dev/null
	return 0
}

# A container of its own root file system, made as a user makes it.
busybox_container() {
	lxc create -f "$DEFAULT_CONF" -t "$TEMPLATE" "$1"
}

# A container by hand on the shared root file system; the other arguments are lines of its configuration.
plain_container() {
	mkdir -p "$P/$1"
	plain_config "$@" >"$P/$1/config"
}

plain_config() {
	local name=$1
	shift
	cat "$DEFAULT_CONF"
	printf 'lxc.uts.name = %s\nlxc.rootfs.path = dir:%s\nlxc.signal.halt = SIGUSR1\nlxc.signal.reboot = SIGTERM\nlxc.mount.auto = proc:mixed sys:mixed\n' \
		"$name" "$ROOTFS"
	[ $# -eq 0 ] || printf '%s\n' "$@"
}

# The exit status of a background job, in $status.
reap() {
	status=0
	wait "$1" || status=$?
}

# A configuration file for -f, without a directory in the lxcpath.
volatile_config() {
	plain_config "$@" >"$SCRATCH/$1.conf"
	echo "$SCRATCH/$1.conf"
}

state_of() { lxc info -sH "$1"; }
pid_of() { lxc info -pH "$1"; }

assert_state() {
	local state
	state=$(state_of "$1")
	[ "$state" = "$2" ] || { echo "$1 is $state, not $2"; return 1; }
}

# What `meson install` puts on a system, under $SCRATCH/system; then $library is the library there.
install_copy() {
	[ -f "$LXC_TEST_BUILD/build.ninja" ] || skip "not a build directory"
	meson install -C "$LXC_TEST_BUILD" --no-rebuild --destdir "$SCRATCH/system" >/dev/null
	library=$(find "$SCRATCH/system" -name 'liblxc.so.1' | head -n 1)
	[ -n "$library" ]
}

installed() { # TOOL ARG...
	local tool=$1
	shift
	LD_LIBRARY_PATH=${library%/*} timeout -k 5 60 "$SCRATCH/system/usr/bin/lxc-$tool" -P "$P" "$@" 3>&- 4>&-
}

# The last `run --separate-stderr`: everything the person in front of the terminal saw must be in the words given.
assert_stderr() {
	local word
	# shellcheck disable=SC2154 # set by run
	for word in "$@"; do
		grep -qiF -- "$word" <<<"$stderr" || { printf 'not on stderr: %s\nstderr was:\n%s\n' "$word" "$stderr"; return 1; }
	done
}

assert_no_stderr() {
	[ -z "$stderr" ] || { printf 'stderr should be empty:\n%s\n' "$stderr"; return 1; }
}

# A start that fails, daemonized and in the foreground: exit status 1, these words on the terminal, and no process left.
# Not lxc-info: it would have to read the same bad configuration.
assert_start_fails() {
	local name=$1 mode
	shift
	for mode in -d -F; do
		run --separate-stderr lxc start "$mode" "$name"
		echo "lxc-start $mode: status $status: $stderr"
		[ "$status" -eq 1 ]
		assert_stderr "$@"
		wait_for eval '[ -z "$(own_tree)" ]'
	done
}

wait_for() { # command that becomes true within ten seconds
	local _
	for _ in $(seq 100); do
		"$@" && return 0
		sleep 0.1
	done
	echo "never came true: $*"
	return 1
}
