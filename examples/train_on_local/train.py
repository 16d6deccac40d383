"""Find the best regularisation of a ridge regression on scikit-learn's diabetes data, and log the search as a run.

Run it anywhere: `python train.py`. The run is kept in the nearest `.runlog` folder, else in `./.runlog`.
"""

from __future__ import annotations

import logging
from pathlib import Path

import joblib
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

import runlog
from runlog import Run

ALPHAS = [round(0.05 * i, 2) for i in range(20)]  # 0.00, 0.05, ..., 0.95
OUTPUTS = Path("outputs")

# The console shows INFO and above; the run keeps everything, DEBUG included.
logging.basicConfig(level=logging.DEBUG, handlers=runlog.handlers(console="INFO", run="DEBUG"))
log = logging.getLogger("train")


def sweep(run: Run) -> None:
    """Fit one model for each alpha; log alpha and its error, and leave the model in ./outputs."""
    X, y = load_diabetes(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
    log.debug("training on %d rows, testing on %d, %d features", len(X_train), len(X_test), X.shape[1])

    OUTPUTS.mkdir(exist_ok=True)
    for alpha in ALPHAS:
        model = Ridge(alpha=alpha).fit(X_train, y_train)
        mse = mean_squared_error(y_test, model.predict(X_test))
        run.log("alpha", alpha)
        run.log("mse", mse)

        path = OUTPUTS / f"ridge_{alpha:.2f}.pkl"
        joblib.dump(model, path)
        log.debug("wrote %s", path, extra={"alpha": alpha, "coefficients": model.coef_.tolist()})
        log.info("alpha %.2f  mse %.2f", alpha, mse)


def best_alpha(run: Run) -> float:
    """Read the run's metrics back and take the alpha of the smallest error."""
    metrics = run.get_metrics()
    errors = metrics["mse"]
    return float(metrics["alpha"][errors.index(min(errors))])


def main() -> None:
    """Train inside a run: the one this script was started in, else a new one."""
    with Run.get_context() as run:
        run.log_params({"model": "ridge", "test_size": 0.2, "random_state": 0})
        sweep(run)

    # Ending the run has kept what is new in ./outputs.
    best = best_alpha(run)
    print(f"best alpha {best:.2f}")
    print(f"its model is {OUTPUTS}/ridge_{best:.2f}.pkl, one of the run's {len(run.get_file_names())} files")


if __name__ == "__main__":
    main()
