#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes build_id.h: a hash over the sources that decide what an image means.

build-id.py SOURCE_DIR OUTPUT DEPFILE [WORD...]: the words (version, machine) are hashed too.
"""
import hashlib
import pathlib
import sys

source, output, depfile, *words = sys.argv[1:]
root = pathlib.Path(source)
files = sorted(p for room in ("core", "sys", "helpers") for p in (root / room).rglob("*")
               if p.suffix in (".c", ".h", ".def"))
digest = hashlib.sha256("\0".join(words).encode())
for path in files:
    digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
pathlib.Path(output).write_text(
    "/* SPDX-License-Identifier: LGPL-2.1-or-later */\n"
    f"#define LXC_BUILD_ID \"{digest.hexdigest()[:40]}\"\n")
escaped = " ".join(str(p).replace(" ", "\\ ") for p in files)
pathlib.Path(depfile).write_text(f"{pathlib.Path(output).name}: {escaped}\n")
