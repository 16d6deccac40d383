"""Every kind of data a run takes, and how each is read back.

Run it anywhere: `python logging_api.py`. The run is kept in the nearest `.runlog` folder, else in `./.runlog`.
"""

from __future__ import annotations

import logging
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from tqdm import tqdm

from runlog import Experiment, Run, Workspace

log = logging.getLogger("logging_api")


def log_numbers_and_text(run: Run) -> None:
    """One value of a name is shown as it is."""
    scale_factor = 2
    run.log(name="scale factor", value=scale_factor)
    run.log(name="Magic Number", value=42 * scale_factor)
    run.log(name="Category", value="Red")


def log_series(run: Run) -> None:
    """Many values of a name are a line chart: given at once, or one by one."""
    run.log_list(name="Fibonacci", value=[0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89])
    for i in tqdm(range(-10, 10)):
        run.log(name="Sigmoid", value=1 / (1 + np.exp(-i)))


def log_rows_and_a_table(run: Run) -> None:
    """Rows and tables have named columns; two numeric ones are a chart of one over the other."""
    sines: dict[str, list[float]] = {"angle": [], "sine": []}
    for i in tqdm(range(-10, 10)):
        angle = i / 2.0
        run.log_row(name="Cosine Wave", angle=angle, cos=np.cos(angle))
        sines["angle"].append(angle)
        sines["sine"].append(np.sin(angle))
    run.log_table(name="Sine Wave", value=sines)


def log_images(run: Run) -> None:
    """An image is a file, a matplotlib figure (or pyplot itself), a PIL image or an array."""
    crumbs = np.random.default_rng(0).integers(90, 160, size=(48, 64, 1))
    pudding = (crumbs * np.array([1.0, 0.75, 0.4])).astype(np.uint8)
    Image.fromarray(pudding).save("breadpudding.jpg")
    run.log_image(name="food", path="./breadpudding.jpg", plot=None, description="desert")

    angles = np.linspace(-3, 3, 50)
    plt.plot(angles, np.tanh(angles), label="tanh")
    plt.legend()
    run.log_image(name="Hyperbolic Tangent", plot=plt)
    plt.close()


def log_files_and_tags(run: Run) -> None:
    """A file is kept under a name of the run's own; tags are for finding the run again."""
    Path("myfile.txt").write_text("This is an upload file\n", encoding="utf-8")
    run.upload_file(name="logging-api/myfile.txt", path_or_stream="myfile.txt")
    run.tag("My Favorite Run")
    run.tag("Competition Rank", 1)


def read_back(run: Run) -> None:
    """The same names give the values back; lists, always."""
    metrics = run.get_metrics()
    print("metrics:", ", ".join(metrics))
    print("scale factor:", run.get_metrics(name="scale factor")["scale factor"])
    print("Fibonacci:", metrics["Fibonacci"])
    print("first cosine:", metrics["Cosine Wave"]["angle"][0], round(metrics["Cosine Wave"]["cos"][0], 4))
    print("tags:", run.tags)

    downloads = Path("downloads")
    downloads.mkdir(exist_ok=True)
    for name in run.get_file_names():
        run.download_file(name, output_file_path=downloads / Path(name).name)
        print("downloaded:", name)


def main() -> None:
    """Log everything in one run, then find the run by its id and read it."""
    logging.basicConfig(level=logging.INFO)
    workspace = Workspace.from_config()
    experiment = Experiment(workspace=workspace, name="logging-api-test")
    with experiment.start_logging() as run:
        log.info("run %s", run.id)
        log_numbers_and_text(run)
        log_series(run)
        log_rows_and_a_table(run)
        log_images(run)
        log_files_and_tags(run)

    read_back(Run(experiment, run.id))


if __name__ == "__main__":
    main()
