#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes carried.S: carry.py OUTPUT SUPERVISOR PLANNER INIT"""
import os
import sys

with open(sys.argv[1], 'w', encoding='ascii') as out:
    out.write('\t.section .rodata\n')
    for name, path in zip(('supervisor', 'planner', 'init'), sys.argv[2:5]):
        for label in ('begin', 'end'):
            out.write(f'\t.hidden carried_{name}_{label}\n\t.globl carried_{name}_{label}\n')
        out.write(f'\t.balign 16\ncarried_{name}_begin:\n\t.incbin "{os.path.abspath(path)}"\n')
        out.write(f'carried_{name}_end:\n')
    out.write('\t.section .note.GNU-stack,"",%progbits\n')
