"""The formulas in mpmath: the oracle that golden values come from."""

from focalspec.reference.oracle.errors import OracleError
from focalspec.reference.oracle.evaluate import evaluate

__all__ = ["OracleError", "evaluate"]
