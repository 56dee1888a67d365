#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# lxc-attach: a command in a running container.

load helpers

setup() {
	rm -rf "$P" "$SCRATCH"
	mkdir -p "$P" "$SCRATCH"
	world >"$LXC_TEST_WORK/world.before"
	plain_container "$C" 'lxc.cap.drop = sys_module sys_time' 'lxc.environment = COLOUR=green'
	lxc start "$C"
	# The container is not what a test here could leak; it goes with the tear-down.
}

@test "lxc-attach passes the exit status, both outputs and nothing else" {
	run --separate-stderr lxc attach "$C" -- sh -c 'echo out; echo err >&2; exit 9'
	[ "$status" -eq 9 ]
	[ "$output" = out ]
	[ "$stderr" = err ]
	run lxc attach "$C" -- true
	[ "$status" -eq 0 ]
}

@test "lxc-attach ends with 128 and the signal of its command" {
	run lxc attach "$C" -- sh -c 'kill -9 $$'
	[ "$status" -eq 137 ]
	run lxc attach "$C" -- sh -c 'kill -TERM $$'
	[ "$status" -eq 143 ]
}

@test "lxc-attach tells a missing command from one that cannot run" {
	run -127 --separate-stderr lxc attach "$C" -- nosuchcmd
	[ "$status" -eq 127 ]
	assert_stderr "nosuchcmd"
	run --separate-stderr lxc attach "$C" -- /etc/passwd
	[ "$status" -eq 126 ]
	assert_stderr "/etc/passwd"
	run lxc attach "$C" -- /etc
	[ "$status" -eq 126 ]
	run -127 --separate-stderr lxc attach -q "$C" -- nosuchcmd
	[ "$status" -eq 127 ]
	assert_no_stderr
}

@test "lxc-attach takes the name before or after the two dashes" {
	run lxc attach "$C" ls /
	[ "$status" -eq 0 ]
	run lxc attach -- "$C" ls /
	[ "$status" -eq 0 ]
	run --separate-stderr lxc attach "$C" ls -x /
	[ "$status" -eq 1 ]
	assert_stderr "--"
}

@test "lxc-attach reads the caller's input" {
	run bash -c 'echo data | lxc-attach -P "$0" "$1" -- cat' "$P" "$C"
	[ "$output" = data ]
	run bash -c 'echo "exit 3" | lxc-attach -P "$0" "$1"' "$P" "$C"
	[ "$status" -eq 3 ]
}

@test "lxc-attach says when the container is not running" {
	lxc stop -k "$C"
	run --separate-stderr lxc attach "$C" -- true
	[ "$status" -eq 1 ]
	assert_stderr "not running"
	run --separate-stderr lxc attach "${C}nosuch" -- true
	[ "$status" -eq 1 ]
	assert_stderr "${C}nosuch"
}

@test "lxc-attach --clear-env leaves what the manual says" {
	run lxc attach --clear-env "$C" -- env
	[ "$(sort <<<"$output")" = $'COLOUR=green\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\ncontainer=lxc' ]
	FOO=bar run lxc attach --clear-env --keep-var FOO -v A=b "$C" -- env
	[[ $'\n'$output$'\n' == *$'\nFOO=bar\n'* ]]
	[[ $'\n'$output$'\n' == *$'\nA=b\n'* ]]
	FOO=bar run lxc attach "$C" -- sh -c 'echo $FOO $container'
	[ "$output" = "bar lxc" ]
}

@test "lxc-attach joins every name space of init, and only those asked for" {
	init=$(pid_of "$C")
	for ns in mnt uts ipc net pid; do
		run lxc attach "$C" -- readlink "/proc/self/ns/$ns"
		[ "$output" = "$(readlink "/proc/$init/ns/$ns")" ]
	done
	run lxc attach -s 'NETWORK|UTSNAME' "$C" -- hostname
	[ "$output" = "$C" ]
	run lxc attach -s MOUNT "$C" -- hostname
	[ "$output" = "$(hostname)" ]
	run --separate-stderr lxc attach -s BOGUS "$C" -- true
	[ "$status" -eq 1 ]
	assert_stderr "BOGUS"
}

@test "lxc-attach has the capabilities and the cgroup of the container" {
	init=$(pid_of "$C")
	bounding=$(lxc attach "$C" -- grep CapBnd /proc/self/status)
	[ "$bounding" = "$(grep CapBnd "/proc/$init/status")" ]
	[ "$(lxc attach -e "$C" -- grep CapBnd /proc/self/status)" = "$(grep CapBnd /proc/self/status)" ]
	lxc attach "$C" -- sleep 100 &
	client=$!
	wait_for eval 'pgrep -f "^sleep 100$" >/dev/null'
	sleeper=$(pgrep -f '^sleep 100$' | head -n 1)
	# On a unified hierarchy it may sit in a leaf below, since the container may have given its own cgroup controllers.
	[ "$(sed 's|/\.lxc$||' "/proc/$sleeper/cgroup")" = "$(cat "/proc/$init/cgroup")" ]
	kill "$sleeper"
	reap "$client"
	[ "$status" -eq 143 ]
}

@test "many attaches leave the supervisor as it was" {
	supervisor=$(sed 's/.*) . //; s/ .*//' "/proc/$(pid_of "$C")/stat")
	before=$(ls "/proc/$supervisor/fd" | wc -l)
	for _ in $(seq "${LXC_TEST_ROUNDS:-20}"); do
		lxc attach "$C" -- true
	done
	[ "$(ls "/proc/$supervisor/fd" | wc -l)" -eq "$before" ]
}

# A person at a terminal: python holds the other side of it. Prints what the terminal was like before, during and after.
at_a_terminal() { # SIGNAL COMMAND...
	cat >"$SCRATCH/terminal.py" <<-'EOF'
		import os, pty, signal, subprocess, sys, termios, time
		master, slave = pty.openpty()
		def state():
		    return termios.tcgetattr(slave)
		def wait_for(question):
		    for _ in range(100):
		        if question():
		            return True
		        time.sleep(0.1)
		    return False
		before = state()
		client = subprocess.Popen(sys.argv[2:], stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
		raw = wait_for(lambda: not state()[3] & termios.ICANON)
		if sys.argv[1].startswith("SIG"):
		    client.send_signal(getattr(signal, sys.argv[1]))
		else:
		    subprocess.run(sys.argv[1], shell=True)
		status = client.wait(20)
		print("raw" if raw else "cooked", status, "restored" if state() == before else "spoilt")
	EOF
	timeout 60 python3 "$SCRATCH/terminal.py" "$@" 3>&- 4>&-
}

# What a command says whose standard streams are a terminal.
on_a_terminal() {
	timeout 60 python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' "$@" </dev/null 3>&- 4>&-
}

@test "lxc-attach gives a terminal that the container knows by name" {
	plain_container "${C}t" 'lxc.pty.max = 1' 'lxc.tty.max = 1'
	lxc start "${C}t"
	run on_a_terminal lxc-attach -P "$P" "${C}t" -- sh -c 'tty; test -c "$(tty)" && echo is there'
	[[ $output == /dev/pts/[0-9]*"is there"* ]]
	# Without a devpts of its own it gets one of the host, which has no name inside.
	plain_container "${C}u" 'lxc.pty.max = 0' 'lxc.tty.max = 0'
	lxc start "${C}u"
	run on_a_terminal lxc-attach -P "$P" "${C}u" -- sh -c 'test -t 0 && test -t 1 && echo is one'
	[[ $output == *"is one"* ]]
}

@test "lxc-attach gives the terminal back when a signal ends it" {
	for signal in TERM:15 HUP:1 INT:2 QUIT:3; do
		run at_a_terminal "SIG${signal%:*}" lxc-attach -P "$P" "$C" -- sleep 1000
		echo "$output"; [ "$output" = "raw -${signal#*:} restored" ]
	done
}

@test "lxc-attach gives the terminal back when the container ends" {
	run at_a_terminal "lxc-stop -k -P '$P' '$C'" lxc-attach -P "$P" "$C" -- sleep 1000
	[ "$output" = "raw 137 restored" ]
}

@test "lxc-attach works without standard streams, as cron starts it" {
	for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
		run bash -c "lxc-attach -P '$P' '$C' -- sh -c 'test -c /proc/self/fd/0 -o -p /proc/self/fd/0 && exit 7' $closed"
		[ "$status" -eq 7 ]
	done
	run bash -c "lxc-attach -P '$P' '$C' -- cat <&- "
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}
