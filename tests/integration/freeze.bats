#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Freezing and thawing, with whatever freezer this kernel gives to containers.

load helpers

# A number that grows as long as the container runs.
counting_container() {
	busybox_container "$1"
	lxc start "$1" -- /bin/sh -c 'n=0; while :; do n=$((n + 1)); echo $n >/tmp/n; usleep 10000; done'
	counter=$P/$1/rootfs/tmp/n
	wait_for eval '[ -s "$counter" ]'
}

# Whether it stands still for half a second.
stands_still() {
	local before
	before=$(cat "$counter")
	sleep 0.5
	[ "$(cat "$counter")" = "$before" ]
}

@test "a frozen container stands still and goes on when thawed" {
	counting_container "$C"
	run ! stands_still
	for _ in 1 2; do
		run --separate-stderr lxc freeze "$C"
		[ "$status" -eq 0 ]
		[ -z "$output" ]
		assert_no_stderr
		assert_state "$C" FROZEN
	done
	stands_still
	[ "$(lxc ls -1 --frozen)" = "$C" ]
	[ "$(lxc ls -1 --running)" = "$C" ]
	for _ in 1 2; do
		run --separate-stderr lxc unfreeze "$C"
		[ "$status" -eq 0 ]
		[ -z "$output" ]
		assert_no_stderr
		assert_state "$C" RUNNING
	done
	run ! stands_still
}

@test "lxc-wait sees each state of freezing" {
	counting_container "$C"
	for pair in freeze:FREEZING unfreeze:THAWED freeze:FROZEN unfreeze:RUNNING; do
		lxc wait -s "${pair#*:}" -t 30 "$C" &
		# RUNNING is true at once, the others are waited for.
		sleep 0.5
		lxc "${pair%:*}" "$C"
		wait $!
	done
	lxc freeze "$C"
	run lxc wait -s RUNNING -t 0 "$C"
	[ "$status" -eq 1 ]
}

@test "lxc-freeze of what does not run is an error" {
	busybox_container "$C"
	for tool in freeze unfreeze; do
		run --separate-stderr lxc "$tool" "$C"
		[ "$status" -eq 1 ]
		assert_stderr "Failed to $tool $P:$C" "not running"
		run --separate-stderr lxc "$tool" -q "$C"
		[ "$status" -eq 1 ]
		assert_no_stderr
		run --separate-stderr lxc "$tool" "$C" more
		[ "$status" -eq 1 ]
	done
}

@test "lxc-stop ends a frozen container" {
	counting_container "$C"
	lxc freeze "$C"
	run lxc start "$C"
	assert_state "$C" FROZEN
	run --separate-stderr lxc destroy "$C"
	[ "$status" -eq 1 ]
	run lxc stop -t 2 "$C"
	[ "$status" -eq 0 ]
	assert_state "$C" STOPPED
	lxc start "$C"
	lxc freeze "$C"
	run lxc stop -k "$C"
	[ "$status" -eq 0 ]
	lxc start "$C"
	lxc freeze "$C"
	run lxc destroy -f "$C"
	[ "$status" -eq 0 ]
	[ ! -e "$P/$C" ]
}
