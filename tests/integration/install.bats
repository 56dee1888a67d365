#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `meson install` puts on a system.

load helpers

setup() {
	rm -rf "$P" "$SCRATCH"
	mkdir -p "$P" "$SCRATCH"
	world >"$LXC_TEST_WORK/world.before"
	install_copy
	root=$SCRATCH/system
}

@test "an installation has the library, the headers, the tools, the helpers and the data" {
	[ -n "$(find "$root/usr" -name 'liblxc.so.1')" ]
	[ -n "$(find "$root/usr" -name 'liblxc.so.1.4.0')" ]
	[ -n "$(find "$root/usr" -name 'lxc.pc')" ]
	for header in lxccontainer.h attach_options.h version.h; do
		[ -f "$root/usr/include/lxc/$header" ]
	done
	for tool in attach create destroy execute info ls start stop wait; do
		[ -x "$root/usr/bin/lxc-$tool" ]
	done
	[ -n "$(find "$root/usr" -name 'lxc-supervisor' -perm -u+x)" ]
	[ -n "$(find "$root/usr" -name 'lxc-plan' -perm -u+x)" ]
	[ -n "$(find "$root/usr" -name 'init.lxc*' -perm -u+x)" ]
	[ -x "$root/usr/share/lxc/templates/lxc-busybox" ]
	[ -f "$root/usr/share/lxc/config/common.conf" ]
	! grep -rq '@[A-Z]*@' "$root/usr/share/lxc"
}

@test "installing again keeps what the administrator changed" {
	echo 'lxc.net.0.type = none' >"$root/etc/lxc/default.conf"
	meson install -C "$LXC_TEST_BUILD" --no-rebuild --destdir "$root" >/dev/null
	[ "$(cat "$root/etc/lxc/default.conf")" = 'lxc.net.0.type = none' ]
}

@test "a program compiles and links with what pkg-config says" {
	cat >"$SCRATCH/program.c" <<-'END'
		#include <lxc/attach_options.h>
		#include <lxc/lxccontainer.h>
		#include <lxc/version.h>
		#include <stdio.h>
		int main(void) { return puts(lxc_get_version()) < 0; }
	END
	pc=$(find "$root/usr" -name lxc.pc)
	flags=$(PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_PATH=${pc%/*} pkg-config --cflags --libs lxc)
	# shellcheck disable=SC2086 # words; the header's directory is a standard one, which pkg-config leaves out
	cc -Wall -Werror -o "$SCRATCH/program" "$SCRATCH/program.c" -I"$root/usr/include" -L"$(dirname "$(dirname "$pc")")" $flags
	run env LD_LIBRARY_PATH="${library%/*}" "$SCRATCH/program"
	[ "$output" = 3.0.0 ]
}
