"""Verdicts as people see them: a word, a meaning, and which counts most where several meet."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from focalspec.conformance.judge import Verdict
from focalspec.golden.formats import FORMATS


@dataclass(frozen=True)
class Look:
    """How a verdict is called and coded; ``letter`` stands for it in the pages' data."""

    word: str
    letter: str
    meaning: str


LOOKS = {
    Verdict.FAIL: Look("fail", "f", "Lies outside the tolerance, or has a wrong shape or dtype."),
    Verdict.ERROR: Look("error", "e", "Raised, crashed, hung, or answered with garbage."),
    Verdict.UNEXPECTED_PASS: Look(
        "unexpected pass", "x", "Passes although a known deviation says that it does not."
    ),
    Verdict.NOT_RUN: Look("not run", "n", "Was not asked: the implementation had been given up."),
    Verdict.DEVIATION: Look("deviation", "d", "Differs in a way that is known and explained."),
    Verdict.PASS: Look("pass", "p", "Lies within the tolerance of the certified value."),
    Verdict.SURVEY: Look("survey", "s", "The documents are silent; what it does is recorded."),
    Verdict.UNSUPPORTED: Look("unsupported", "u", "Does not offer what the case needs."),
}
"""In the order in which they count: where checks are summed up, the first that occurs is shown."""

JUDGED = (
    Verdict.FAIL,
    Verdict.ERROR,
    Verdict.UNEXPECTED_PASS,
    Verdict.DEVIATION,
    Verdict.PASS,
)

DTYPES = tuple(FORMATS)


class Tally:
    """How many checks ended in which verdict, by dtype."""

    def __init__(self) -> None:
        """Start with no checks."""
        self._counts: Counter[tuple[str, Verdict]] = Counter()

    def add(self, dtype: str, verdict: Verdict) -> None:
        """Counts one check."""
        self._counts[dtype, verdict] += 1

    @property
    def counts(self) -> dict[Verdict, int]:
        """The verdicts that occur, in the order in which they count."""
        return sums(self._counts.items())

    @property
    def shown(self) -> Verdict | None:
        """The verdict that stands for all."""
        return next(iter(self.counts), None)

    @property
    def share(self) -> int | None:
        """The percentage that passes of what was judged; none where all or nothing does."""
        counts = self.counts
        judged = sum(counts.get(verdict, 0) for verdict in JUDGED)
        passed = counts.get(Verdict.PASS, 0)
        return round(100 * passed / judged) if 0 < passed < judged else None

    @property
    def label(self) -> str:
        """The counts in words: ``1 fail, 12 pass``."""
        counts = self.counts
        return ", ".join(f"{count} {LOOKS[verdict].word}" for verdict, count in counts.items())

    @property
    def code(self) -> str:
        """The counts for the pages' script: ``0p12f1 1p10``, a group a dtype, by its place."""
        groups: dict[int, str] = {}
        for (dtype, verdict), count in self._counts.items():
            place = DTYPES.index(dtype) if dtype in DTYPES else len(DTYPES)
            groups[place] = groups.get(place, str(place)) + f"{LOOKS[verdict].letter}{count}"
        return " ".join(groups[place] for place in sorted(groups))


def sums(counted: Iterable[tuple[tuple[str, Verdict], int]]) -> dict[Verdict, int]:
    """Counts over all dtypes, in the order in which verdicts count."""
    found: Counter[Verdict] = Counter()
    for (_, verdict), count in counted:
        found[verdict] += count
    return {verdict: found[verdict] for verdict in LOOKS if found[verdict]}
