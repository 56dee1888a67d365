#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# lxc-execute: one command under a minimal init.

load helpers

setup() {
	rm -rf "$P" "$SCRATCH"
	mkdir -p "$P" "$SCRATCH"
	conf=$(volatile_config "$C")
	world >"$LXC_TEST_WORK/world.before"
}

@test "lxc-execute passes the exit status of its command" {
	run lxc execute -f "$conf" "$C" -- true
	[ "$status" -eq 0 ]
	run lxc execute -f "$conf" "$C" -- sh -c 'exit 7'
	[ "$status" -eq 7 ]
	run lxc execute -f "$conf" "$C" -- sh -c 'kill -9 $$'
	[ "$status" -eq 137 ]
	run lxc execute -f "$conf" "$C" -- sh -c 'kill -TERM $$'
	[ "$status" -eq 143 ]
}

@test "lxc-execute tells a missing command from one that cannot run" {
	run -127 --separate-stderr lxc execute -f "$conf" "$C" -- nosuchcmd
	[ "$status" -eq 127 ]
	assert_stderr "nosuchcmd"
	run --separate-stderr lxc execute -f "$conf" "$C" -- /etc/passwd
	[ "$status" -eq 126 ]
	assert_stderr "/etc/passwd"
}

@test "lxc-execute prints what its command prints" {
	run --separate-stderr lxc execute -f "$conf" "$C" echo hello
	[ "$status" -eq 0 ]
	[ "$output" = hello ]
	assert_no_stderr
	run lxc execute -f "$conf" -n "$C" -- echo hello
	[ "$output" = hello ]
	run bash -c 'echo data | lxc-execute -P "$0" -f "$1" "$2" -- cat' "$P" "$conf" "$C"
	[ "$output" = data ]
}

@test "lxc-execute runs its command as process 2 under an init" {
	run lxc execute -f "$conf" "$C" -- sh -c 'echo $$'
	[ "$output" = 2 ]
}

@test "lxc-execute needs a command from somewhere" {
	run --separate-stderr lxc execute -f "$conf" "$C"
	[ "$status" -eq 1 ]
	assert_stderr "missing command"
	run lxc execute -f "$conf" -s 'lxc.execute.cmd=echo dflt' "$C"
	[ "$status" -eq 0 ]
	[ "$output" = dflt ]
	run --separate-stderr lxc execute "$C" -- true
	[ "$status" -eq 1 ]
}

@test "lxc-execute refuses a bad define" {
	run --separate-stderr lxc execute -f "$conf" -s bogus "$C" -- true
	[ "$status" -eq 1 ]
	assert_stderr "bogus"
}

@test "lxc-execute -d returns once the container runs" {
	lxc execute -f "$conf" -d "$C" -- sleep 100
	assert_state "$C" RUNNING
	run --separate-stderr lxc execute -f "$conf" -d "$C" -- true
	[ "$status" -eq 1 ]
	assert_stderr "already running"
	lxc stop -k "$C"
}

@test "lxc-execute killed from elsewhere ends with 137" {
	lxc execute -f "$conf" "$C" -- sleep 100 &
	wait_for eval '[ "$(state_of "$C" 2>/dev/null)" = RUNNING ]'
	lxc stop -k "$C"
	reap $!
	[ "$status" -eq 137 ]
}

@test "lxc-execute hands signals to its command" {
	lxc-execute -P "$P" -f "$conf" "$C" -- sh -c 'trap "exit 5" TERM; echo up; while :; do sleep 0.1; done' \
		>"$SCRATCH/out" 2>&1 3>&- &
	client=$!
	wait_for grep -q up "$SCRATCH/out"
	kill -TERM "$client"
	reap "$client"
	[ "$status" -eq 5 ]
}

@test "closed standard streams become null devices and nothing else" {
	run bash -c 'exec "$@" <&- 2>&-' _ lxc-execute -P "$P" -f "$conf" -n "$C" -- \
		sh -c 'for fd in 0 2; do readlink /proc/self/fd/$fd; done'
	[ "$status" -eq 0 ]
	[ "$(sort -u <<<"$output")" = /dev/null ]
}
