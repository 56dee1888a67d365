#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# lxc-start --dry-run: the plan of a start, in words, without doing any of it.

load helpers

@test "a dry run prints each step with the line that asked for it" {
	plain_container "$C" 'lxc.mount.entry = tmpfs mnt tmpfs size=1m 0 0'
	line=$(grep -n '^lxc.mount.entry' "$P/$C/config" | cut -d: -f1)
	run --separate-stderr lxc start --dry-run "$C"
	[ "$status" -eq 0 ]
	assert_no_stderr
	grep -F "$P/$C/config:$line" <<<"$output" | grep -q mount
	grep -q -F "$ROOTFS" <<<"$output"
	[ "${#lines[@]}" -gt 15 ]
}

@test "a dry run says the same twice" {
	plain_container "$C"
	first=$(lxc start --dry-run "$C")
	[ "$first" = "$(lxc start --dry-run "$C")" ]
}

@test "a dry run as JSON is JSON" {
	plain_container "$C"
	lxc start --dry-run=json "$C" >"$SCRATCH/plan.json"
	python3 - "$SCRATCH/plan.json" <<-'END'
		import json, sys
		text = json.dumps(json.load(open(sys.argv[1])))
		assert "lxc.uts.name" in text and "clone" in text
	END
}

@test "a dry run touches nothing" {
	plain_container "$C"
	find "$P" "$ROOTFS" "$MNT" /run -printf '%p %T@ %m\n' | sort >"$SCRATCH/before"
	lxc start --dry-run "$C"
	find "$P" "$ROOTFS" "$MNT" /run -printf '%p %T@ %m\n' | sort >"$SCRATCH/after"
	diff "$SCRATCH/before" "$SCRATCH/after"
	assert_state "$C" STOPPED
}

@test "a dry run needs no privilege" {
	plain_container "$C"
	expected=$(lxc start --dry-run "$C" | wc -l)
	# Not from the build directory: it may be in a home that is closed to others.
	install_copy
	chmod -R a+rX "$LXC_TEST_WORK"
	run --separate-stderr timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all \
		env LD_LIBRARY_PATH="${library%/*}" "$SCRATCH/system/usr/bin/lxc-start" -P "$P" --dry-run "$C"
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -gt 10 ]
	[ "$expected" -gt 10 ]
}

@test "a dry run names the mistake that a start would find" {
	plain_container "$C" 'lxc.bogus = 1'
	run --separate-stderr lxc start --dry-run "$C"
	[ "$status" -eq 1 ]
	assert_stderr "lxc.bogus" "$P/$C/config"
	run --separate-stderr lxc start --dry-run "${C}nosuch"
	[ "$status" -eq 1 ]
	assert_stderr "${C}nosuch"
}
