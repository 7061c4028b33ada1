"""Where things are. The servers and nodes are those of tests/service."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
VAR = os.path.join(ROOT, "var", "bench")
BUILD = os.path.join(ROOT, "build", "release")

sys.path.append(os.path.join(ROOT, "tests", "service"))
