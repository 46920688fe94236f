"""The one error that the oracle raises: what it was asked has no answer, or it cannot prove one."""


class OracleError(ValueError):
    """A complete sentence in one line, naming the argument, its value and the domain."""

    def __init__(self, message: str, argument: str = "") -> None:
        super().__init__(message)
        self.argument = argument  # the name of the argument at fault, where it is one's fault
