#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What goes wrong around a container: races, killed supervisors, replaced files; and many rounds without a trace.

load helpers

supervisor_of() { sed 's/.*) . //; s/ .*//' "/proc/$(pid_of "$1")/stat"; }
gone() { [ ! -e "/proc/$1" ]; }

@test "of two starts at once exactly one wins" {
	plain_container "$C"
	for round in 1 2 3 4 5; do
		rm -f "$ROOTFS/tmp/lives"
		jobs=()
		for _ in 1 2; do
			lxc start "$C" -- sh -c 'echo life >>/tmp/lives; exec sleep 100' 2>/dev/null &
			jobs+=($!)
		done
		wins=0
		for job in "${jobs[@]}"; do
			reap "$job"
			[ "$status" -ne 0 ] || wins=$((wins + 1))
		done
		echo "round $round: $wins succeeded"
		[ "$wins" -ge 1 ]
		assert_state "$C" RUNNING
		wait_for test -s "$ROOTFS/tmp/lives"
		[ "$(wc -l <"$ROOTFS/tmp/lives")" -eq 1 ]
		lxc stop -k "$C"
	done
	rm -f "$ROOTFS/tmp/lives"
}

@test "a supervisor killed with SIGKILL takes the container along, and the next start works" {
	plain_container "$C"
	lxc start -p "$SCRATCH/pid" "$C" -- sleep 100
	init=$(pid_of "$C")
	kill -KILL "$(cat "$SCRATCH/pid")"
	wait_for gone "$init"
	assert_state "$C" STOPPED
	run --separate-stderr lxc start -p "$SCRATCH/pid" "$C" -- sleep 100
	echo "$stderr"
	[ "$status" -eq 0 ]
	assert_state "$C" RUNNING
	run lxc attach "$C" -- true
	[ "$status" -eq 0 ]
	lxc stop -k "$C"
}

@test "an init killed with SIGKILL ends the container" {
	plain_container "$C"
	lxc start "$C" -- sleep 100
	kill -KILL "$(pid_of "$C")"
	lxc wait -s STOPPED -t 10 "$C"
}

@test "a caller killed while a start lasts leaves a container that runs or none" {
	plain_container "$C"
	for wait in 0.005 0.01 0.02 0.03 0.05 0.08; do
		timeout -s KILL "$wait" lxc-start -P "$P" "$C" -- sleep 100 2>/dev/null 3>&- || :
		sleep 0.5
		state=$(state_of "$C")
		echo "after $wait s: $state"
		[ "$state" = RUNNING ] || [ "$state" = STOPPED ]
		[ "$state" = STOPPED ] || lxc stop -k "$C"
	done
}

@test "a container outlives the replacement of every installed file" {
	install_copy
	busybox_container "$C"
	installed start "$C"
	before=$(pid_of "$C")
	find "$SCRATCH/system" -type f | while read -r file; do
		echo "replaced" >"$SCRATCH/new"
		mv -f "$SCRATCH/new" "$file"
	done
	assert_state "$C" RUNNING
	[ "$(lxc attach "$C" -- hostname)" = "$C" ]
	lxc stop -r -t 20 "$C"
	assert_state "$C" RUNNING
	[ "$(pid_of "$C")" != "$before" ]
	[ "$(lxc attach "$C" -- hostname)" = "$C" ]
	lxc stop "$C"
	assert_state "$C" STOPPED
}

compile_starter() { # compiler options
	local found
	found=$(find "$LXC_TEST_BUILD" "$LXC_TEST_SOURCE/src" -name lxccontainer.h | head -n 1)
	cc "$@" -D_GNU_SOURCE -Wall -o "$SCRATCH/starter" -I "${found%/lxc/*}" -I "$LXC_TEST_SOURCE/src/api" \
		"$LXC_TEST_SOURCE/tests/integration/starter.c" -ldl -pthread
}

@test "the library alone, loaded from an unusual path, starts a container" {
	install_copy
	compile_starter
	mkdir "$SCRATCH/odd place"
	cp -L "$library" "$SCRATCH/odd place/renamed.so"
	rm -rf "$SCRATCH/system"
	plain_container "$C"
	timeout 60 "$SCRATCH/starter" "$SCRATCH/odd place/renamed.so" "$P" "$C" 0 0 3>&-
	assert_state "$C" RUNNING
	lxc stop -k "$C"
}

@test "a program of 200 MB and 16 threads starts a container" {
	install_copy
	compile_starter
	plain_container "$C"
	timeout 60 "$SCRATCH/starter" "$library" "$P" "$C" 200 16 3>&-
	assert_state "$C" RUNNING
	lxc stop -k "$C"
}

# The library built for the thread sanitizer. It does not know descriptors that openat2 and its like make, and takes their
# numbers for those of whoever had them before: reports about descriptors are left out, all others count.
@test "nothing races while a program of 200 MB and 16 threads starts a container" {
	[ -f "$LXC_TEST_BUILD/build.ninja" ] || skip "not a build directory"
	plain_container "$C"
	meson setup "$SCRATCH/tsan" "$LXC_TEST_SOURCE" -Db_sanitize=thread -Db_lundef=false -Dtests=false >/dev/null
	ninja -C "$SCRATCH/tsan" src/api/liblxc.so.1.4.0 >/dev/null
	compile_starter -g -fsanitize=thread
	TSAN_OPTIONS="exitcode=0 log_path=$SCRATCH/races" timeout 120 setarch -R \
		"$SCRATCH/starter" "$SCRATCH/tsan/src/api/liblxc.so.1.4.0" "$P" "$C" 200 16 3>&-
	assert_state "$C" RUNNING
	lxc stop -k "$C"
	cat /dev/null "$SCRATCH"/races.* 2>/dev/null |
		awk 'BEGIN { RS = "==================\n" } /WARNING/ && !/Location is file descriptor/ { print; n++ } END { exit n > 0 }'
}

@test "rounds of start, attach and stop leave nothing" {
	plain_container "$C"
	find "$P" "$MNT" /run | sort >"$SCRATCH/files.first"
	for round in $(seq "${LXC_TEST_ROUNDS:-20}"); do
		lxc start "$C" -- sleep 1000
		lxc attach "$C" -- true
		lxc stop -k "$C"
		# Lock files stay; those of the first round are all there will ever be.
		[ "$round" -ne 1 ] || find "$P" "$MNT" /run | sort >"$SCRATCH/files.first"
	done
	find "$P" "$MNT" /run | sort | diff "$SCRATCH/files.first" -
	[ -z "$(find /sys/fs/cgroup -type d -path "*$LXC_TEST_PREFIX*")" ]
	wait_for eval '[ -z "$(own_tree)" ]'
	! grep -q "$MNT" /proc/self/mountinfo
}
