#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What people get wrong. Each: the cause on the terminal, daemonized or not, the exit status, and nothing left behind.

load helpers

# The line of the configuration in which a text stands, as FILE:LINE.
at() {
	echo "$P/$C/config:$(grep -n -F -- "$1" "$P/$C/config" | head -n 1 | cut -d: -f1)"
}

@test "an unknown key is named with its file and line" {
	plain_container "$C" 'lxc.bogus = 1'
	assert_start_fails "$C" "lxc.bogus" "$(at lxc.bogus)"
}

@test "a misspelt key comes with the right one" {
	plain_container "$C" 'lxc.uts.nmae = x'
	assert_start_fails "$C" "lxc.uts.nmae" "lxc.uts.name" "$(at nmae)"
}

@test "a legacy key comes with its new name" {
	plain_container "$C" 'lxc.utsname = x'
	assert_start_fails "$C" "lxc.utsname" "lxc.uts.name" "$(at lxc.utsname)"
}

@test "a key that is not supported yet is refused and not ignored" {
	plain_container "$C" 'lxc.selinux.context = system_u:system_r:lxc_t:s0'
	assert_start_fails "$C" "lxc.selinux.context" "$(at lxc.selinux.context)" "not supported yet"
}

@test "a bad value is named with its key" {
	plain_container "$C" 'lxc.signal.halt = SIGBOGUS'
	assert_start_fails "$C" "SIGBOGUS" "lxc.signal.halt" "$(at SIGBOGUS)"
	plain_container "$C" 'lxc.tty.max = many'
	assert_start_fails "$C" "lxc.tty.max" "many"
}

@test "a line without an equals sign is named" {
	plain_container "$C" 'lxc.just words'
	assert_start_fails "$C" "$(at 'lxc.just words')"
}

@test "a missing include is named with the line that asked for it" {
	plain_container "$C" 'lxc.include = /nonexistent/extra.conf'
	assert_start_fails "$C" "/nonexistent/extra.conf" "$(at lxc.include)" "ENOENT"
}

@test "a missing root file system is named" {
	plain_container "$C"
	sed -i "s|^lxc.rootfs.path.*|lxc.rootfs.path = dir:/nonexistent/rootfs|" "$P/$C/config"
	assert_start_fails "$C" "/nonexistent/rootfs" "ENOENT" "$(at lxc.rootfs.path)"
}

@test "a root file system that is a file is refused" {
	plain_container "$C"
	touch "$SCRATCH/file"
	sed -i "s|^lxc.rootfs.path.*|lxc.rootfs.path = dir:$SCRATCH/file|" "$P/$C/config"
	assert_start_fails "$C" "$SCRATCH/file" "ENOTDIR" "$(at lxc.rootfs.path)"
}

@test "an init that does not exist is named" {
	plain_container "$C" 'lxc.init.cmd = /sbin/nosuchinit'
	assert_start_fails "$C" "/sbin/nosuchinit" "ENOENT" "$(at lxc.init.cmd)"
}

@test "an init that is not executable is named" {
	plain_container "$C" 'lxc.init.cmd = /etc/passwd'
	assert_start_fails "$C" "/etc/passwd" "EACCES" "$(at lxc.init.cmd)"
}

@test "a mount source that is missing is named, unless it is optional" {
	plain_container "$C" 'lxc.mount.entry = /nonexistent/data mnt none bind 0 0'
	assert_start_fails "$C" "/nonexistent/data" "ENOENT" "$(at lxc.mount.entry)"
	plain_container "$C" 'lxc.mount.entry = /nonexistent/data mnt none bind,optional 0 0'
	lxc start "$C" -- sleep 100
	lxc stop -k "$C"
}

@test "a mount target that is missing comes with a hint" {
	plain_container "$C" "lxc.mount.entry = $SCRATCH srv/data none bind 0 0"
	assert_start_fails "$C" "srv/data" "ENOENT" "hint:" "create=dir"
	[ ! -e "$ROOTFS/srv" ]
}

# A root file system of its own with a link in it that leads to the host.
evil_container() {
	cp -a "$ROOTFS" "$SCRATCH/rootfs"
	mkdir "$SCRATCH/host"
	ln -s "$SCRATCH/host" "$SCRATCH/rootfs/mnt/evil"
	plain_container "$@"
	sed -i "s|^lxc.rootfs.path.*|lxc.rootfs.path = dir:$SCRATCH/rootfs|" "$P/$1/config"
}

@test "a mount target behind a link out of the root file system never reaches the host" {
	evil_container "$C" 'lxc.mount.entry = tmpfs mnt/evil tmpfs defaults 0 0'
	assert_start_fails "$C" "mnt/evil" "$(at lxc.mount.entry)"
	for option in create=dir create=file; do
		evil_line="lxc.mount.entry = tmpfs mnt/evil/new/$option tmpfs $option 0 0"
		sed -i "s|^lxc.mount.entry.*|$evil_line|" "$P/$C/config"
		assert_start_fails "$C" "mnt/evil"
	done
	[ -z "$(ls -A "$SCRATCH/host")" ]
	! grep -q "$SCRATCH/host" /proc/self/mountinfo
}

@test "a mount target with two dots never reaches the host" {
	plain_container "$C" "lxc.mount.entry = tmpfs ../../../../..$SCRATCH/out tmpfs create=dir 0 0"
	run --separate-stderr lxc start "$C" -- sleep 100
	[ "$status" -eq 1 ]
	[ ! -e "$SCRATCH/out" ]
	rm -rf "${ROOTFS:?}/tmp/lxc-tests"*
}

@test "links of a hostile image in dev, proc and sys do not lead out" {
	evil_container "$C" 'lxc.autodev = 1'
	for dir in dev proc sys; do
		rm -rf "${SCRATCH:?}/rootfs/$dir"
		ln -s "$SCRATCH/host" "$SCRATCH/rootfs/$dir"
		run --separate-stderr lxc start "$C" -- sleep 100
		echo "$dir: $status $stderr"
		[ "$status" -eq 1 ]
		[ -z "$(ls -A "$SCRATCH/host")" ]
		rm "$SCRATCH/rootfs/$dir"
		mkdir "$SCRATCH/rootfs/$dir"
	done
}

@test "a container that does not exist is named and not made" {
	for tool in start attach info destroy; do
		run --separate-stderr lxc "$tool" "${C}nosuch"
		[ "$status" -eq 1 ]
		assert_stderr "${C}nosuch"
	done
	[ ! -e "$P/${C}nosuch" ]
}

@test "a name of three hundred characters is refused" {
	long=$(printf 'x%.0s' $(seq 300))
	for tool in start info destroy attach; do
		run --separate-stderr lxc "$tool" "$long"
		[ "$status" -eq 1 ]
		[ -n "$stderr" ]
	done
	run --separate-stderr lxc create -f "$DEFAULT_CONF" -t none "$long"
	[ "$status" -eq 1 ]
	[ -z "$(ls -A "$P")" ]
}

@test "a pidfile that cannot be written is named" {
	plain_container "$C"
	run --separate-stderr lxc start -p /nonexistent/pid "$C"
	[ "$status" -eq 1 ]
	assert_stderr "/nonexistent/pid"
	assert_state "$C" STOPPED
}

@test "a configuration that is binary rubbish is refused" {
	plain_container "$C"
	head -c 4096 /dev/urandom >"$P/$C/config"
	run --separate-stderr lxc start "$C"
	[ "$status" -eq 1 ]
	[ -n "$stderr" ]
}

@test "an error says its cause once, and first" {
	plain_container "$C" 'lxc.mount.entry = /nonexistent/data mnt none bind 0 0'
	run --separate-stderr lxc start "$C"
	[ "$status" -eq 1 ]
	[[ ${stderr_lines[0]} == "lxc-start: $C: "*"/nonexistent/data"*"(ENOENT)"* ]]
	[ "$(grep -c ENOENT <<<"$stderr")" -eq 1 ]
	[[ ${stderr_lines[1]} == *"from $(at lxc.mount.entry): lxc.mount.entry = /nonexistent/data mnt none bind 0 0" ]]
}
