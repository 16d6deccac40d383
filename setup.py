"""Packaging of runlog: distribution ``runlog-ml``, import name and console command ``runlog``."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent


def version() -> str:
    """Read ``__version__`` from the package's source: importing it would need its dependencies."""
    for node in ast.parse((HERE / "runlog" / "__init__.py").read_text("utf-8")).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id == "__version__":
            return str(ast.literal_eval(node.value))  # type: ignore[attr-defined, arg-type]
    raise RuntimeError("runlog/__init__.py has no __version__ = '...'")


HOME = os.environ.get("SOURCES_URL", "").rstrip("/")
"""Where the sources are published, such as ``https://example.org/runlog/blob/main``: said by whoever publishes them."""


def readme() -> str:
    """The project's page in an index is its README; an sdist made without one still builds.

    There its relative links lead nowhere: they become absolute, or plain text where nobody said where the sources are.
    """
    path = HERE / "README.md"
    text = path.read_text("utf-8") if path.exists() else ""
    if HOME:
        return re.sub(r"\]\((?!https?:|#)([^)]+)\)", rf"]({HOME}/\1)", text)
    text = re.sub(r"^!\[[^\]]*\]\((?!https?:)[^)]+\)\n+", "", text, flags=re.MULTILINE)
    return re.sub(r"\[([^\]]+)\]\((?!https?:|#)[^)]+\)", r"\1", text)


def project_urls() -> dict[str, str]:
    """What an index shows beside the page."""
    pages = {"Source": "", "Documentation": "/docs/index.md", "Changelog": "/CHANGELOG.md"}
    return {name: f"{HOME}{page}" for name, page in pages.items()} if HOME else {}


# Lower bounds only: runlog lives in training environments, whose pins it must not fight.
CORE = [
    "click>=8.1",
    "colorlog>=6.7",
    "lark>=1.1.5",
    "msgspec>=0.18.5",
    "python-json-logger>=3.1",
    "PyYAML>=6.0",
    "requests>=2.28",
    "rich>=13.0",
    "structlog>=23.1",
]

EXTRAS = {
    "pandas": ["pandas>=1.5", "numpy>=1.23"],
    "parquet": ["pyarrow>=12.0"],
    "images": ["pillow>=9.4", "numpy>=1.23"],
    "plot": ["matplotlib>=3.6"],
    "plotly": ["plotly>=5.15"],
    "charts": ["plotext>=6.0"],
    "docker": ["docker>=6.1"],
    "progress": ["tqdm>=4.64"],
    "objects": ["fsspec>=2023.1"],
    "query": [],  # what it brought belongs to the core by now; who asks for it still gets an answer
    "server": [
        "fastapi>=0.115.3",
        "httptools>=0.6",
        "numpy>=1.23",
        "prometheus-client>=0.20",
        "sse-starlette>=2.1",
        "uvicorn>=0.30",
        "zstandard>=0.21",
    ],
    "system": ["nvidia-ml-py>=11.525", "psutil>=5.9"],
}
EXTRAS["all"] = sorted({requirement for extra in EXTRAS.values() for requirement in extra})

EXTRAS["demo"] = ["joblib>=1.2", "scikit-learn>=1.2"]
EXAMPLES = [*EXTRAS["demo"], "fastapi>=0.100", "hydra-core>=1.3", "uvicorn>=0.22"]
TESTS = [
    "attrs>=22.2",
    "freezegun>=1.2",
    "hypothesis>=6.80",
    "ipykernel>=6.20",
    "jsonschema>=4.18",
    "jupyter-client>=8.0",
    "markdown-it-py>=2.2",
    "ml-dtypes>=0.3",
    "nbclient>=0.7",
    "nbformat>=5.7",
    "pytest>=8.0",
    "pytest-randomly>=3.15",
    "pytest-timeout>=2.2",
    "pytest-xdist>=3.5",
    "schemathesis>=4.0",
    "time-machine>=2.9",
]
LINT = ["import-linter>=2.1", "mypy>=1.11", "ruff>=0.8", "types-PyYAML", "types-requests"]
BENCHMARKS = ["loguru>=0.7"]
DOCS = [
    "mkdocs-material>=9.5",
    "mkdocstrings[python]>=0.27",
    # The last mkdocstrings for Python 3.10 does not know how a newer one is called; nobody trains with this extra.
    "pymdown-extensions!=12.*; python_version == '3.10'",
]
EXTRAS["dev"] = [*EXTRAS["all"], *EXAMPLES, *TESTS, *LINT, *BENCHMARKS, *DOCS]

setup(
    name="runlog-ml",
    version=version(),
    description="Experiment logging that starts where Python's own logging starts",
    long_description=readme(),
    long_description_content_type="text/markdown",
    project_urls=project_urls(),
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.10",
    # An explicit root makes an editable install one plain path entry, which costs nothing at interpreter start.
    package_dir={"": "."},
    packages=find_packages(include=["runlog", "runlog.*"]),
    package_data={"runlog": ["py.typed", "query/grammar.lark", "config/logging.schema.json"]},
    install_requires=CORE,
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": ["runlog=runlog.cli:main"],
        "pytest11": ["runlog=runlog.testing.plugin"],
    },
    keywords=["logging", "experiment tracking", "machine learning", "metrics", "azureml"],
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: System :: Logging",
        "Typing :: Typed",
    ],
)
