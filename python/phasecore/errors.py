"""What PhaseCore raises."""


class InputError(ValueError):
    """The input is wrong. `problems` lists all that is wrong with it, not only the first thing.

    problems: list of dicts with `place` ("chip: adc.bits", "FILE:LINE:COLUMN" or ""), `message` and `details`.
    """

    def __init__(self, message, problems=()):
        super().__init__(message)
        self.problems = list(problems)

    def __reduce__(self):
        return type(self), (str(self), self.problems)


class EnvironmentError(RuntimeError):  # noqa: A001 (the same word as in C++)
    """A file cannot be read or written, a data set is absent, a process was killed, memory is short."""


class InternalError(RuntimeError):
    """An invariant of PhaseCore's own is broken: a bug."""
