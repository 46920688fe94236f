# /// script
# requires-python = ">=3.11"
# dependencies = ["focalspec", "lightgbm==4.7.0", "xgboost-cpu==3.2.0", "numpy==2.4.6"]
# [tool.uv.sources]
# focalspec = { path = ".." }
# ///
"""Gradient boosting with the focal loss on a data set where 1 row in 50 is positive.

    uv run examples/boosting.py

Trains LightGBM and XGBoost on the same rows, with the objective of this project and with their own
logistic one, and prints how well each ranks unseen rows.
"""

import lightgbm
import numpy as np
import xgboost

from focalspec.reference import sigmoid
from focalspec.reference.boosting import focal_objective

ROUNDS = 60
SHAPE = {"learning_rate": 0.1, "max_depth": 4}


def rows(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features and labels: two features and a product of two others tell, the rest is noise."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(count, 10))
    telling = features[:, 0] + features[:, 1] + 1.5 * features[:, 2] * features[:, 3]
    chance = sigmoid(1.5 * telling - 8.0)
    return features, (generator.random(count) < chance).astype(float)


def average_precision(labels: np.ndarray, scores: np.ndarray) -> float:
    """The mean precision over the ranks of the positive rows."""
    hits = labels[np.argsort(-scores, kind="stable")] == 1
    precision = np.cumsum(hits) / np.arange(1, hits.size + 1)
    return float(precision[hits].mean())


def lightgbm_scores(objective: object, train: tuple, unseen: np.ndarray) -> np.ndarray:
    """Raw scores of unseen rows after training with LightGBM."""
    features, labels = train
    parameters = {**SHAPE, "objective": objective, "verbosity": -1, "seed": 0, "num_threads": 1}
    data = lightgbm.Dataset(features, labels)
    return lightgbm.train(parameters, data, ROUNDS).predict(unseen, raw_score=True)


def xgboost_scores(objective: object, train: tuple, unseen: np.ndarray) -> np.ndarray:
    """Raw scores of unseen rows after training with XGBoost."""
    features, labels = train
    data = xgboost.DMatrix(features, labels)
    named = {"objective": objective} if isinstance(objective, str) else {"base_score": 0.0}
    custom = None if isinstance(objective, str) else objective
    parameters = {**SHAPE, **named, "seed": 0, "nthread": 1}
    booster = xgboost.train(parameters, data, ROUNDS, obj=custom)
    return booster.predict(xgboost.DMatrix(unseen), output_margin=True)


def main() -> None:
    """Train all four and print a line for each."""
    train, (unseen, labels) = rows(20_000, 0), rows(20_000, 1)
    print(f"{int(train[1].sum())} of {train[1].size} rows are positive")
    focal = focal_objective(alpha=0.25, gamma=2.0)
    for name, scores in {
        "LightGBM, focal": lightgbm_scores(focal, train, unseen),
        "LightGBM, logistic": lightgbm_scores("binary", train, unseen),
        "XGBoost, focal": xgboost_scores(focal, train, unseen),
        "XGBoost, logistic": xgboost_scores("binary:logistic", train, unseen),
    }.items():
        print(f"{name}: average precision {average_precision(labels, scores):.3f}")


if __name__ == "__main__":
    main()
