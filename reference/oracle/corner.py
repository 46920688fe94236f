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
    raise _no_derivative("gradient", gamma)


def hessian_at_corner(gamma: float, weighted_entropy: Real) -> Real:
    """The limit of gamma (gamma - 1) |u|^(gamma - 2) u'^2 BCE at the logit 0, where u' = 1/4."""
    if gamma > 2:
        return mp.zero
    if gamma == 2:
        return weighted_entropy / 8
    raise _no_derivative("hessian_diagonal", gamma)


def gamma_derivative_at_corner(gamma: float) -> Real:
    """The loss is 0 for every gamma > 0, and jumps to BCE at gamma = 0."""
    if gamma:
        return mp.zero
    raise _no_derivative("gamma_derivative", gamma)


def _no_derivative(name: str, gamma: float) -> OracleError:
    return OracleError(
        f"{name} does not exist where the probability equals the label under label_rule 'distance'"
        f" with gamma {gamma!r}: the loss has a corner there"
    )
