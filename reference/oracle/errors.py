"""The one error that the oracle raises: what it was asked has no answer, or it cannot prove one."""


class OracleError(ValueError):
    """A complete sentence in one line, naming the argument, its value and the domain."""
