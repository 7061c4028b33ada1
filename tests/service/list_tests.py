"""Prints one line a test, MODULE.CLASS.METHOD;NAME;alone|heavy|shared and ",long" where it is, for CMake to register. `--every-build`: only the subset that
also runs with the sanitizers' binaries (decorated with @in_every_build). Of this folder, or of the one that is named.
Reads the files without importing them."""

import ast
import glob
import os
import sys


def decorators(node):
    return {d.id for d in node.decorator_list if isinstance(d, ast.Name)}


def tests_in(path):
    with open(path) as file:
        tree = ast.parse(file.read(), path)
    for part in tree.body:
        if isinstance(part, ast.ClassDef):
            for item in part.body:
                if isinstance(item, ast.FunctionDef) and item.name.startswith("test_"):
                    yield part.name, item.name, decorators(item)


def main():
    seen = set()
    only_every_build = "--every-build" in sys.argv
    folder = next((word for word in sys.argv[1:] if not word.startswith("--")), os.path.dirname(os.path.abspath(__file__)))
    for path in sorted(glob.glob(os.path.join(folder, "test_*.py"))):
        module = os.path.splitext(os.path.basename(path))[0]
        for group, method, marks in tests_in(path):
            if method in seen:
                sys.exit(f"{path}: {method} is the name of another test too")
            seen.add(method)
            if only_every_build and "in_every_build" not in marks:
                continue
            company = next((mark for mark in ("alone", "heavy") if mark in marks), "shared")
            company += ",long" if "long" in marks else ""
            print(f"{module}.{group}.{method};{method.removeprefix('test_').replace('_', ' ')};{company}")


main()
