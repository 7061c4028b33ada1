"""Compiles sources and headers one by one, with the flags of a build that has CMake's compile_commands.json."""

import concurrent.futures
import json
import os
import re
import shlex

from tree import ROOT, run, text


def all_compile(jobs):
    """Each job is what is compiled and the words of the command behind the compiler's usual ones."""
    def errors(job):
        what, words = job
        return [f"{what}: {line}" for line in run([*words, "-fsyntax-only"]).stderr.splitlines() if " error: " in line][:3]

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return [line for found in pool.map(errors, jobs) for line in found]


def flags_of_sources():
    """What each source is compiled with, without and with its precompiled header. Needs WEIR_BUILD, a build folder with its
    compile_commands.json, in which a file may stand for eight sources that it includes."""
    flags = {}
    with open(os.path.join(os.environ["WEIR_BUILD"], "compile_commands.json")) as file:
        for command in json.load(file):
            path = command["file"]
            sources = re.findall(r'#include "(.*)"', open(path).read()) if "/Unity/" in path else [path]
            for source in sources:
                flags[os.path.relpath(source, ROOT)] = _flags_of(command["command"])
    return dict(sorted(flags.items()))


def _flags_of(command):
    """Of a compiler's command line: all but what it reads and writes, without and with its precompiled header."""
    words = shlex.split(command)
    compiler = next(i for i, word in enumerate(words) if re.search(r"(g|clang|c)\+\+[-\d]*$", word))
    plain, precompiled, at = [words[compiler]], [], compiler + 1
    while at < len(words):
        takes_one = words[at] in ("-o", "-c", "-MT", "-MF", "-include", "-isystem")
        if words[at] == "-include" and "pch" in words[at + 1]:
            precompiled = words[at:at + 2]
        elif words[at] in ("-Wno-shadow", "-Wno-subobject-linkage"):
            pass  # for eight files in one
        elif words[at] == "-isystem" or not takes_one and words[at] != "-MD" and "pch" not in words[at]:
            plain += words[at:at + 1 + takes_one]
        at += 1 + takes_one
    return plain, [*plain, *precompiled]


def includes_asio(header, headers, seen):
    """Itself, or through another header of the project. Then the headers of Asio may be read precompiled."""
    if header in seen:
        return False
    seen.add(header)
    names = re.findall(r'#include ["<]([^">]+)', text(header))
    return any(name.startswith("boost/asio") for name in names) or any(
        includes_asio(other, headers, seen) for name in names for other in headers if other.endswith("/" + name))
