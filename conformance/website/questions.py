"""What a person asks who ports a model, where documents are silent, and the clauses that ask it."""

from typing import Literal, NamedTuple, TypeAlias

Sought: TypeAlias = Literal["reading", "shape", "dtype", "constant"]


class Question(NamedTuple):
    """What is asked by the survey cases of some clauses; ``sought`` is where the answer stands.

    It is the reading that an implementation follows, the shape or the dtype of its loss, or the
    constant that its loss betrays.
    """

    title: str
    about: str
    clauses: tuple[str, ...]
    sought: Sought = "reading"


QUESTIONS = (
    Question(
        "Labels between 0 and 1",
        "Smoothed, mixed-up and distilled labels: which rule their loss follows. All rules agree on"
        " labels 0 and 1.",
        ("SIG-38", "BIN-32"),
    ),
    Question(
        "The mean's divisor",
        "What a mean divides by: under ignored positions, under class weights, over rows and"
        " classes.",
        ("SIG-49", "SOF-53", "BIN-46", "CAT-48", "CRE-20"),
    ),
    Question(
        "All positions ignored",
        "The mean over no position.",
        ("SOF-39", "BIN-36", "CAT-35", "CRE-18"),
    ),
    Question(
        "An empty batch",
        "The mean of nothing.",
        ("SIG-40", "SOF-42", "BIN-38", "CAT-38"),
    ),
    Question(
        "No positives, no weight",
        "A denominator that is zero though there are positions: no positive one, a normalizer of"
        " zero, weights that sum to zero.",
        ("SOF-40", "CAT-36", "SIG-41", "SOF-41", "CAT-37", "BIN-37"),
    ),
    Question(
        "Alpha off",
        "What both classes weigh where alpha is switched off.",
        ("SIG-51",),
    ),
    Question(
        "Probabilities of 0 and 1, and clipping",
        "The loss of an answer that is certain and wrong. A capped loss betrays the constant at"
        " which probabilities are clipped, or which is added in the logarithm.",
        ("SIG-50", "SOF-54", "BIN-35", "CAT-34", "CAT-47"),
        "constant",
    ),
    Question(
        "The shape of a reduced loss",
        "No axes, or one of size 1.",
        ("SIG-39", "SOF-47", "BIN-39", "CAT-43"),
        "shape",
    ),
    Question(
        "The dtype of the result",
        "What comes of inputs of each dtype.",
        ("SIG-42", "SOF-48", "BIN-40", "CAT-44"),
        "dtype",
    ),
    Question(
        "Parameters out of their domain",
        "A negative gamma, an alpha or a smoothing beyond its ends, negative or too many weights,"
        " an unknown reduction: refused, or what comes.",
        (
            *("SIG-43", "SIG-44", "SIG-48", "BIN-41", "BIN-42", "BIN-33", "CAT-40", "CAT-42"),
            *("SOF-44", "SOF-45", "SOF-46", "SOF-52"),
        ),
    ),
    Question(
        "Labels, targets and probabilities out of their domain",
        "A broken data pipeline, or logits passed for probabilities: refused, or what comes.",
        ("SIG-45", "BIN-43", "BIN-44", "CAT-33", "CAT-39", "CAT-41", "SOF-43", "CRE-19"),
    ),
    Question(
        "Infinite logits and NaN",
        "Minus infinity is how a class is masked; padding may hold anything.",
        ("SIG-47", "SOF-50", "SGM-6", "SMX-8"),
    ),
    Question(
        "Inputs without a batch",
        "A single number, or a single row.",
        ("SIG-46", "SOF-49", "BIN-45", "CAT-46"),
    ),
    Question(
        "Several processes",
        "Whether a batch that is split among processes has the loss of the whole batch.",
        ("SOF-51",),
    ),
)

# An adapter names the reduction of every call, so that nobody's default can be seen.
NOT_SEEN = frozenset({"BIN-34", "CAT-45"})
