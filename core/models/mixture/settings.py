"""Settings of the mixture."""

from __future__ import annotations

from dataclasses import dataclass

from ...params import Params, choice, integer, real

__all__ = ["MixtureParams"]


@dataclass(frozen=True)
class MixtureParams(Params):
    """Settings of the mixture."""

    components: int = integer(0, low=0, high=512, help="Number of components; 0 chooses by BIC.")
    max_components: int = integer(32, low=1, high=512, help="Largest number of components that BIC may choose.")
    covariance: str = choice("auto", "auto", "full", "diagonal", help="Shape of the normals; auto chooses by BIC.")
    transform: str = choice("normal", "normal", "standard", help="Scale of numbers: normal scores, or centred only.")
    tolerance: float = real(5e-4, low=0.0, high=1.0, help="EM stops when a pass gains less, in nats a row.")
    passes: int = integer(60, low=1, high=10_000, help="Largest number of EM passes.")
    sample: int = integer(50_000, low=100, high=10_000_000, help="Rows EM works on, drawn at random; all are scored.")
    pseudo: float = real(1.0, low=1e-12, high=1e6, help="Rows in overall shares added to each component's tables.")
    shrinkage: float = real(0.1, low=0.0, high=1e6, help="Rows spread as all rows added to each component's normal.")
    ridge: float = real(1e-6, low=1e-12, high=1.0, help="Added to every variance, in the transformed scale.")
