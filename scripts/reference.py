#!/usr/bin/env python3
"""Writes what is generated from the reader's tables of fields: the tables in docs/configuration.md, between their
markers, and config/weir.schema.json.

    scripts/reference.py build/release/weir
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = re.compile(r"<!-- fields of \[(.*?)\] -->\n.*?<!-- end of fields -->\n", re.DOTALL)


def printed(weir, *arguments):
    return subprocess.run([weir, "schema", *arguments], check=True, capture_output=True, text=True).stdout


def main(weir):
    tables = {found[1]: found[0] for found in TABLE.finditer(printed(weir, "--format", "markdown"))}
    page = ROOT / "docs/configuration.md"
    text = page.read_text()
    missing = tables.keys() - {found[1] for found in TABLE.finditer(text)}
    if missing:
        sys.exit(f"docs/configuration.md has no markers for: {', '.join(sorted(missing))}")
    page.write_text(TABLE.sub(lambda found: tables[found[1]], text))
    (ROOT / "config/weir.schema.json").write_text(printed(weir))


if __name__ == "__main__":
    main(sys.argv[1])
