#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The life of a container, as an administrator leads it.

load helpers

@test "a busybox container lives its whole life" {
	run --separate-stderr lxc create -f "$DEFAULT_CONF" -t "$TEMPLATE" "$C"
	[ "$status" -eq 0 ]
	assert_no_stderr
	[ -f "$P/$C/config" ]
	[ -x "$P/$C/rootfs/bin/busybox" ]
	assert_state "$C" STOPPED

	run --separate-stderr lxc start "$C"
	[ "$status" -eq 0 ]
	assert_no_stderr
	[ -z "$output" ]
	assert_state "$C" RUNNING
	[ "$(pid_of "$C")" -gt 1 ]

	run lxc ls -f
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == NAME*STATE*AUTOSTART*GROUPS*IPV4*IPV6*UNPRIVILEGED* ]]
	[[ ${lines[1]} =~ ^$C\ +RUNNING\ +0 ]]

	run lxc attach "$C" -- hostname
	[ "$status" -eq 0 ]
	[ "$output" = "$C" ]

	run --separate-stderr lxc stop "$C"
	[ "$status" -eq 0 ]
	assert_no_stderr
	assert_state "$C" STOPPED

	run lxc destroy "$C"
	[ "$status" -eq 0 ]
	[ "$output" = "Destroyed container $C" ]
	[ ! -e "$P/$C" ]
}

@test "the container sees itself only" {
	busybox_container "$C"
	lxc start "$C"
	[ "$(lxc attach "$C" -- sh -c 'readlink /proc/1/exe')" = /bin/busybox ] ||
		[ "$(lxc attach "$C" -- sh -c 'readlink /proc/1/exe')" = /sbin/init ]
	[ "$(lxc attach "$C" -- ls /sys/class/net)" = lo ]
	[ ! -e "/proc/$(pid_of "$C")/root/$LXC_TEST_WORK" ]
	run lxc attach "$C" -- grep -c . /proc/mounts
	[ "$output" -lt 60 ]
	run lxc attach "$C" -- sh -c 'echo x >/dev/null && head -c 4 /dev/urandom | wc -c'
	[ "$output" -eq 4 ]
}

@test "lxc-create refuses what it cannot do and leaves nothing" {
	run --separate-stderr lxc create "$C"
	[ "$status" -eq 1 ]
	assert_stderr "template" "none"
	run --separate-stderr lxc create -f "$DEFAULT_CONF" -t nosuchtemplate "$C"
	[ "$status" -eq 1 ]
	assert_stderr "nosuchtemplate"
	run --separate-stderr lxc create -f /nonexistent/conf -t "$TEMPLATE" "$C"
	[ "$status" -eq 1 ]
	assert_stderr "/nonexistent/conf"
	run --separate-stderr lxc create -f "$DEFAULT_CONF" -t "$TEMPLATE" "$C" -- --bogus
	[ "$status" -eq 1 ]
	assert_stderr "bogus"
	[ ! -e "$P/$C" ]
}

@test "lxc-create leaves an existing container alone" {
	busybox_container "$C"
	before=$(cat "$P/$C/config")
	run --separate-stderr lxc create -f "$DEFAULT_CONF" -t "$TEMPLATE" "$C"
	[ "$status" -eq 1 ]
	assert_stderr "already exists"
	[ "$before" = "$(cat "$P/$C/config")" ]
}

@test "lxc-create -t none writes a configuration only" {
	lxc create -f "$DEFAULT_CONF" -t none "$C"
	[ "$(ls "$P/$C")" = config ]
	grep -q '^lxc.net.0.type = empty' "$P/$C/config"
}

@test "lxc-create writes down where a container comes from" {
	busybox_container "$C"
	[ "$(sed -n 1p "$P/$C/config")" = "# Template used to create this container: $TEMPLATE" ]
	[ "$(sed -n 2p "$P/$C/config")" = "# Parameters passed to the template:" ]
	grep -q "^lxc.rootfs.path = dir:$P/$C/rootfs$" "$P/$C/config"
	[ ! -e "$P/$C/partial" ]
	[ "$(stat -c %a "$P/$C")" = 770 ]
	[ "$(stat -c %a "$P/$C/config")" = 640 ]
}

@test "a name is given with -n or alone" {
	busybox_container "$C"
	lxc start -n "$C"
	[ "$(lxc info -n "$C" -sH)" = RUNNING ]
	[ "$(lxc info -sH "$C")" = RUNNING ]
	lxc stop -k -n "$C"
	[ "$(lxc info --name="$C" -s)" = "State:          STOPPED" ]
}

@test "lxc-start of a running container says so and succeeds" {
	busybox_container "$C"
	lxc start "$C"
	pid=$(pid_of "$C")
	run --separate-stderr lxc start "$C"
	[ "$status" -eq 0 ]
	assert_stderr "already running"
	[ "$(pid_of "$C")" = "$pid" ]
}

@test "lxc-start -F lasts as long as the container and succeeds whatever init says" {
	plain_container "$C"
	run lxc start -F "$C" -- sh -c 'exit 3'
	[ "$status" -eq 0 ]
	run lxc start -F "$C" -- sh -c 'kill -9 $$; exit 0'
	[ "$status" -eq 0 ]
	assert_state "$C" STOPPED
}

@test "lxc-start -F shows RUNNING while it lasts and stops with lxc-stop -k" {
	plain_container "$C"
	lxc start -F "$C" -- sleep 100 &
	wait_for eval '[ "$(state_of "$C")" = RUNNING ]'
	lxc stop -k "$C"
	reap $!
	[ "$status" -eq 0 ]
	assert_state "$C" STOPPED
}

@test "lxc-start with a command runs it as the first process" {
	plain_container "$C"
	lxc start "$C" -- sleep 100
	run lxc attach "$C" -- sh -c 'tr "\0" " " </proc/1/cmdline'
	[ "$output" = "sleep 100 " ]
	lxc stop -k "$C"
}

@test "lxc-start -f starts a container that is defined nowhere" {
	conf=$(volatile_config "$C")
	lxc start -f "$conf" "$C"
	assert_state "$C" RUNNING
	[ "$(lxc ls -1 --active)" = "$C" ]
	[ -z "$(lxc ls -1 --defined)" ]
	lxc stop -k "$C"
	[ ! -e "$P/$C/config" ]
}

@test "lxc-start -s changes one start and not the configuration" {
	busybox_container "$C"
	before=$(cat "$P/$C/config")
	lxc start -s lxc.uts.name=foo "$C"
	[ "$(lxc attach "$C" -- hostname)" = foo ]
	[ "$before" = "$(cat "$P/$C/config")" ]
}

@test "lxc-start -p writes the pid of the supervisor and removes the file at the end" {
	busybox_container "$C"
	lxc start -p "$SCRATCH/pid" "$C"
	supervisor=$(cat "$SCRATCH/pid")
	[ "$supervisor" != "$(pid_of "$C")" ]
	[ "$(sed 's/.*) . //; s/ .*//' "/proc/$(pid_of "$C")/stat")" = "$supervisor" ]
	lxc stop -k "$C"
	wait_for test ! -e "$SCRATCH/pid"
}

@test "lxc-stop asks init, and says 2 when nothing runs" {
	busybox_container "$C"
	lxc start "$C"
	run --separate-stderr lxc stop "$C"
	[ "$status" -eq 0 ]
	assert_state "$C" STOPPED
	run --separate-stderr lxc stop "$C"
	[ "$status" -eq 2 ]
	assert_stderr "is not running"
	run --separate-stderr lxc stop "${C}nosuch"
	[ "$status" -eq 2 ]
	run --separate-stderr lxc stop -q "$C"
	[ "$status" -eq 2 ]
	assert_no_stderr
}

@test "lxc-stop -k kills an init that ignores everything" {
	plain_container "$C"
	lxc start "$C" -- sh -c 'trap "" USR1 TERM INT PWR; while :; do sleep 1; done'
	run --separate-stderr lxc stop -t 1 --nokill "$C"
	[ "$status" -eq 1 ]
	assert_state "$C" RUNNING
	lxc stop -k "$C"
	assert_state "$C" STOPPED
}

@test "lxc-stop kills after its timeout" {
	plain_container "$C"
	lxc start "$C" -- sh -c 'trap "" USR1; while :; do sleep 1; done'
	run --separate-stderr lxc stop -t 1 "$C"
	[ "$status" -eq 0 ]
	assert_state "$C" STOPPED
}

@test "lxc-stop -r gives the container a new life" {
	busybox_container "$C"
	lxc start -p "$SCRATCH/pid" "$C"
	before=$(pid_of "$C")
	supervisor=$(cat "$SCRATCH/pid")
	run --separate-stderr lxc stop -r -t 20 "$C"
	[ "$status" -eq 0 ]
	assert_no_stderr
	assert_state "$C" RUNNING
	[ "$(pid_of "$C")" != "$before" ]
	[ "$(cat "$SCRATCH/pid")" = "$supervisor" ]
	run lxc attach "$C" -- hostname
	[ "$output" = "$C" ]
}

@test "a reboot plans the new life from the configuration as it is" {
	busybox_container "$C"
	lxc start "$C"
	before=$(pid_of "$C")
	# The command may be killed by the reboot that it asks for.
	lxc attach "$C" -- reboot || :
	wait_for eval '[ "$(state_of "$C")" = RUNNING ] && [ "$(pid_of "$C")" != "$before" ]'
	[ "$(lxc attach "$C" -- hostname)" = "$C" ]
	lxc stop "$C"
	assert_state "$C" STOPPED
}

@test "lxc-stop names options that exclude each other" {
	for options in "-k --nokill" "-k -r" "-k -t 5" "--nolock" "-t -5" "-t abc"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr lxc stop $options "$C"
		echo "$options: $status $stderr"
		[ "$status" -eq 1 ]
		[ -n "$stderr" ]
	done
}

@test "lxc-wait waits for a state and no longer" {
	busybox_container "$C"
	run lxc wait -s STOPPED -t 5 "$C"
	[ "$status" -eq 0 ]
	run --separate-stderr lxc wait -s RUNNING -t 1 "$C"
	[ "$status" -eq 1 ]
	assert_no_stderr
	run lxc wait -s RUNNING -t 0 "$C"
	[ "$status" -eq 1 ]
	run --separate-stderr lxc wait -s running "$C"
	[ "$status" -eq 1 ]
	assert_stderr "invalid state" "running"
	run --separate-stderr lxc wait -s RUNNING -t abc "$C"
	[ "$status" -eq 1 ]

	lxc start "$C"
	run lxc wait -s 'STOPPED|RUNNING' "$C"
	[ "$status" -eq 0 ]
	run lxc wait -s STOPPED -t 0 "$C"
	[ "$status" -eq 1 ]
	lxc wait -s STOPPED -t 30 "$C" &
	lxc stop -k "$C"
	wait $!
}

@test "lxc-destroy spares the running and the unknown" {
	busybox_container "$C"
	lxc start "$C"
	run --separate-stderr lxc destroy "$C"
	[ "$status" -eq 1 ]
	assert_stderr "is running"
	run --separate-stderr lxc destroy -q "$C"
	[ "$status" -eq 1 ]
	assert_no_stderr
	assert_state "$C" RUNNING
	run lxc destroy -f "$C"
	[ "$status" -eq 0 ]
	[ ! -e "$P/$C" ]
	run --separate-stderr lxc destroy "$C"
	[ "$status" -eq 1 ]
	assert_stderr "not defined"
}

@test "lxc-destroy touches nothing of a container that has snapshots" {
	busybox_container "$C"
	mkdir -p "$P/$C/snaps/snap0"
	run --separate-stderr lxc destroy "$C"
	[ "$status" -eq 1 ]
	assert_stderr "has snapshots"
	[ -x "$P/$C/rootfs/sbin/init" ]
	rmdir "$P/$C/snaps/snap0"
	run lxc destroy "$C"
	[ "$status" -eq 0 ]
	[ ! -e "$P/$C" ]
}

@test "lxc-info of a stopped container has two lines" {
	plain_container "$C"
	run lxc info "$C"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[ "${lines[0]}" = "Name:           $C" ]
	[ "${lines[1]}" = "State:          STOPPED" ]
}

@test "lxc-info prints what a script reads" {
	busybox_container "$C"
	run lxc info -c lxc.uts.name -H "$C"
	[ "$output" = "$C" ]
	run lxc info -c lxc.uts.name "$C"
	[ "$output" = "lxc.uts.name = $C" ]
	lxc start "$C"
	run lxc info -p "$C"
	[ "$output" = "PID:            $(lxc info -pH "$C")" ]
	run --separate-stderr lxc info "${C}nosuch"
	[ "$status" -eq 1 ]
	assert_stderr "doesn't exist"
}

@test "lxc-ls lists names sorted, and nothing for an empty path" {
	run lxc ls
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	plain_container "${C}2"
	plain_container "${C}1"
	[ "$(lxc ls -1)" = "${C}1"$'\n'"${C}2" ]
	[ "$(lxc ls)" = "${C}1"$'\n'"${C}2" ]
	lxc start "${C}2"
	[ "$(lxc ls -1 --running)" = "${C}2" ]
	[ "$(lxc ls -1 --stopped)" = "${C}1" ]
	run lxc ls -f
	[[ ${lines[1]} =~ ^${C}1\ +STOPPED ]]
	[[ ${lines[2]} =~ ^${C}2\ +RUNNING ]]
	lxc stop -k "${C}2"
}
