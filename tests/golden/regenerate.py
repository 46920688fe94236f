"""Generates the values of a folder of cases: `python regenerate.py FOLDER JOBS`; prints by what."""

import sys
from pathlib import Path

import mpmath

from focalspec.golden.generate import generate

if __name__ == "__main__":
    generate(Path(sys.argv[1]), jobs=int(sys.argv[2]))
    print(mpmath.__version__, mpmath.libmp.BACKEND)
