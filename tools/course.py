"""Set up the course and run it. Needs nothing but Python 3.11 or newer.

    python tools/course.py open    set up, then open JupyterLab at notebook 00
    python tools/course.py test    set up, then run all tests
    python tools/course.py tour    set up, then run the story in the terminal
    python tools/course.py setup   set up only
    python tools/course.py doctor  check this machine, set up or not
    python tools/course.py benchmark    set up with the course's peers, then measure it beside them

`small` after open, tour or setup sets up the small edition: without TensorFlow, a quarter of the size. `full` brings
TensorFlow later. Other words after the command go on to JupyterLab, pytest or the benchmark.
"""

import os
import sys

# any Python, from 2.7 on, reads this file as far as here: what follows is for newer ones
VERSION = ".".join(map(str, sys.version_info[:3]))
if sys.version_info < (3, 8) or (sys.version_info < (3, 11) and sys.argv[1:2] != ["doctor"]):
    sys.exit("This is Python {}; the course needs 3.11 or newer.".format(VERSION))
if __name__ == "__main__":  # modules that PYTHONPATH names come last: an old one must not stand for one of Python's own
    named = [os.path.abspath(path) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    sys.path.sort(key=lambda path: os.path.abspath(path) in named)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from setup_course import main

if __name__ == "__main__":
    try:
        main(__doc__)
    except KeyboardInterrupt:
        sys.exit(130)
