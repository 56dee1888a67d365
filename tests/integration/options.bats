#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What all tools have in common.

load helpers

TOOLS="attach create destroy execute freeze info ls start stop unfreeze wait"

@test "every tool prints its version on stdout" {
	for tool in $TOOLS; do
		run --separate-stderr "lxc-$tool" --version
		[ "$status" -eq 0 ]
		[ "$output" = 3.0.0 ]
		assert_no_stderr
	done
}

@test "every tool helps on stderr" {
	for tool in $TOOLS; do
		for option in -h --help '-?'; do
			run --separate-stderr "lxc-$tool" "$option"
			[ "$status" -eq 0 ]
			[ -z "$output" ]
			assert_stderr "Usage: lxc-$tool" "--lxcpath"
		done
		run --separate-stderr "lxc-$tool" --usage
		[ "$status" -eq 0 ]
		assert_stderr "Usage: lxc-$tool "
	done
}

@test "a tool without a name says so" {
	for tool in attach destroy execute freeze info start stop unfreeze; do
		run --separate-stderr lxc "$tool"
		[ "$status" -eq 1 ]
		assert_stderr "No container name specified"
		run --separate-stderr lxc "$tool" -q
		[ "$status" -eq 1 ]
		assert_no_stderr
	done
}

@test "an unknown option is an error with help" {
	for tool in $TOOLS; do
		run --separate-stderr lxc "$tool" --bogus "$C"
		[ "$status" -eq 1 ]
		assert_stderr "bogus" "Usage: lxc-$tool"
	done
}

@test "an empty name and a path for a name are refused" {
	for tool in destroy info start stop; do
		for name in '' a/b ../x . ..; do
			run --separate-stderr lxc "$tool" -n "$name"
			echo "lxc-$tool -n '$name': $status $stderr"
			[ "$status" -ne 0 ]
			[ -n "$stderr" ]
		done
	done
	for name in '' a/b ../x . ..; do
		run --separate-stderr lxc create -f "$DEFAULT_CONF" -t none -n "$name"
		[ "$status" -eq 1 ]
	done
	[ -z "$(ls -A "$P")" ]
	[ ! -e "$LXC_TEST_WORK/x" ]
}

@test "a lxcpath that is not there is an error for lxc-start" {
	run --separate-stderr lxc-start -P /nonexistent "$C"
	[ "$status" -eq 1 ]
	assert_stderr "/nonexistent"
	[ ! -e /nonexistent ]
}

@test "--logfile collects lines and -q keeps the terminal clean" {
	plain_container "$C"
	sed -i "s|^lxc.rootfs.path.*|lxc.rootfs.path = dir:/nonexistent/rootfs|" "$P/$C/config"
	run --separate-stderr lxc start -q -o "$SCRATCH/log" -l DEBUG "$C"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	assert_no_stderr
	grep -q '/nonexistent/rootfs' "$SCRATCH/log"
	grep -Eq "^lxc-start $C [0-9]{14}\.[0-9]{3} [A-Z]+ " "$SCRATCH/log"
}

@test "a container that does not exist gets no directory for its log" {
	for tool in start stop attach info; do
		run lxc "$tool" "${C}nosuch" -l DEBUG
		[ "$status" -ne 0 ]
	done
	[ -z "$(ls -A "$P")" ]
}

@test "LXC_SYS_TRACE writes every operation of the caller" {
	plain_container "$C"
	LXC_SYS_TRACE=$SCRATCH/trace lxc start "$C"
	grep -q openat2 "$SCRATCH/trace"
	grep -q "$P/$C/config" "$SCRATCH/trace"
	lxc stop -k "$C"
}
