"""Run ``simulate`` without the rest of the project."""

import sys

from .command_line import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
