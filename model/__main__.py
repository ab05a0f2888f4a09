"""`python -m model` says how to call what it was: the command `mirrorlog`. It goes with the next version."""

import shlex
import sys

print(f"error: python -m model is now: {shlex.join(['mirrorlog', *sys.argv[1:]])}", file=sys.stderr)
sys.exit(2)
