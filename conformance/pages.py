"""What the judge and the runner need of the spec's pages."""

from collections.abc import Mapping
from dataclasses import dataclass

from focalspec.conformance.protocol import Signature
from focalspec.conformance.tolerances import Kind, Tolerance
from focalspec.spec.model import Formula, Spec

EXACT_DTYPE = "Dtype of the result"  # the title of the clause that requires it


def signatures(spec: Spec) -> dict[str, Signature]:
    """The names of each formula's inputs, parameters and outputs."""
    return {
        name: Signature(
            inputs=tuple(page.inputs),
            parameters=tuple(page.parameters),
            arrays=tuple(one.name for one in page.parameters.values() if one.type == "array"),
            outputs=tuple(page.outputs),
        )
        for name, page in spec.formulas.items()
    }


def outputs(spec: Spec) -> frozenset[str]:
    """Every name that a check's output can have; "error" stands for a demanded refusal."""
    names = {name for page in spec.formulas.values() for name in page.outputs}
    return frozenset(names | {"error"})


def exact_dtype(spec: Spec) -> frozenset[str]:
    """The formulas whose page requires the result to have the dtype of the inputs."""
    return frozenset(
        clause.formula
        for clause in spec.clauses.values()
        if clause.title == EXACT_DTYPE and clause.kind != "survey"
    )


@dataclass(frozen=True)
class Rules:
    """What answers are judged by."""

    tolerances: Mapping[str, Tolerance]
    exact_dtype: frozenset[str]


def rules(spec: Spec, kind: Kind) -> Rules:
    """The rules of all pages, under the standard or the strict tolerance."""
    return Rules(
        {name: _tolerance(page, kind) for name, page in spec.formulas.items()}, exact_dtype(spec)
    )


def _tolerance(page: Formula, kind: Kind) -> Tolerance:
    return Tolerance(kind, dict(page.tolerances))
