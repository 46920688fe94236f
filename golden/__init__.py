"""Golden values: cases written by people, values computed by the oracle and proven.

``load_suite()`` reads them all; it needs PyYAML and nothing else.
"""

from focalspec.golden.loader import GoldenError, load_suite
from focalspec.golden.manifest import ManifestError
from focalspec.golden.strict_yaml import YamlError
from focalspec.golden.suite import (
    Array,
    Expected,
    Golden,
    GoldenCase,
    Reading,
    Suite,
    Value,
)

__all__ = [
    "Array",
    "Expected",
    "Golden",
    "GoldenCase",
    "GoldenError",
    "ManifestError",
    "Reading",
    "Suite",
    "Value",
    "YamlError",
    "load_suite",
]
