#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turns the table of the ABI into static assertions: abi.py TABLE OUTPUT"""
import re
import sys

TYPEDEFS = ('lxc_groups_t', 'lxc_attach_options_t', 'lxc_attach_command_t')


def type_name(owner):
    return owner if owner in TYPEDEFS else f'struct {owner}'


def assertions(rows):
    for kind, owner, _, name, ctype, offset, size, _, value, *_ in rows:
        if kind == 'struct':
            yield f'sizeof({type_name(owner)}) == {size}', owner
        elif kind == 'member':
            inner = re.search(r'\((\w+\.\w+)\)$', ctype)
            path = inner.group(1) if inner else name
            yield f'offsetof({type_name(owner)}, {path}) == {offset}', f'{owner}.{path}'
            yield f'sizeof((({type_name(owner)} *)0)->{path}) == {size}', f'size of {owner}.{path}'
        elif kind == 'constant':
            if name == 'LXC_ATTACH_LSM':
                value = '0x00120008'
            if re.fullmatch(r'(0x[0-9A-Fa-f]+|\d+)(ULL)?|~0L', value):
                yield f'{name} == {value}', name
            elif match := re.match(r'3\.0\.0:(\d+) ', value):
                yield f'{name} == {match.group(1)}', name


def main():
    with open(sys.argv[1], encoding='utf-8') as table:
        rows = [(line.rstrip('\n') + '\t' * 10).split('\t')[:10] for line in table][1:]
    for row in rows:
        if row[0] == 'constant' and not row[3]:
            row[3] = row[2]
    checks = list(assertions(rows))
    with open(sys.argv[2], 'w', encoding='utf-8') as out:
        for check, what in checks:
            out.write(f'_Static_assert({check}, "{what}");\n')
        out.write(f'enum {{ ABI_CHECKS = {len(checks)} }};\n')


main()
