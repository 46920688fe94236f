"""Label rule distance where the probability equals the label: the corner of |p - y|^gamma.

There the loss is weight |u|^gamma BCE with u = p - y = 0 and u' = p q. At the logit 0 it takes the
label 1/2 to get there; a given probability meets any label. For gamma = 0 there is no corner.
"""

from focalspec.reference.oracle.errors import OracleError
from focalspec.reference.oracle.real import Real, mp


def gradient_at_corner(gamma: float) -> Real:
    """The limit of gamma |u|^(gamma - 1) sign(u) u' BCE: 0 above gamma = 1, none below."""
    if gamma > 1:
        return mp.zero
    raise OracleError(
        f"gradient does not exist where p equals the label under label_rule 'distance' with gamma "
        f"{gamma!r} in (0, 1]: the loss has a corner there"
    )


def hessian_at_corner(gamma: float, weighted_entropy: Real) -> Real:
    """The limit of gamma (gamma - 1) |u|^(gamma - 2) u'^2 BCE at the logit 0, where u' = 1/4."""
    if gamma > 2:
        return mp.zero
    if gamma == 2:
        return weighted_entropy / 8
    if gamma > 1:
        return mp.inf
    raise OracleError(
        f"hessian_diagonal does not exist where p equals the label under label_rule 'distance' "
        f"with gamma {gamma!r} in (0, 1]: the loss has a corner there"
    )


def gamma_derivative_at_corner(gamma: float) -> Real:
    """The loss is 0 for every gamma > 0, and jumps to BCE at gamma = 0."""
    return mp.zero if gamma else -mp.inf
