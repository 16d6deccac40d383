"""The part of a run that takes texts, figures, histograms, sounds and pages. (Azure ML has none of these calls.)"""

from __future__ import annotations

import os
from typing import Any

from runlog.run.base import RunBase
from runlog.run.best_effort import best_effort


class RunMedia(RunBase):
    """What a script logs to be looked at, listened to or read, step by step.

    Wrong arguments raise at once; no length or size ever does. ``run.get_metrics()`` has what was logged as lists of
    :class:`~runlog.reading.references.MediaRef`.
    """

    @best_effort
    def log_text(self, name: str, text: str, step: int | None = None, *, description: str = "") -> None:
        """Log a text of any length, such as a sample that a model wrote; texts of one name are shown over their steps.

        ``run.log(name, text)`` is for a short text as the value of a metric instead.

        Args:
            name: of the metric.
            text: kept as UTF-8.
            step: a whole number in 64 bits.
            description: kept with the text.

        Raises:
            WrongTypeError: it is no text.
            WrongValueError: the name is empty, or the step is not whole.
            MetricKindError: the name is of another kind.
        """
        from runlog.media.content import TEXT
        from runlog.media.texts import load_text
        from runlog.writing.media import log_media

        log_media(self._recorder(), TEXT, name, load_text(text), description, step)

    @best_effort
    def log_html(
        self, name: str, html: str | os.PathLike[str] | Any, step: int | None = None, *, description: str = ""
    ) -> None:
        """Log a page or a piece of one.

        Args:
            name: of the metric.
            html: markup; a path to a file, as a ``Path`` or as a text without ``<``; or an object that shows itself as
                markup in notebooks (``_repr_html_``).
            step: a whole number in 64 bits.
            description: kept with the page.

        Raises:
            WrongTypeError: it is none of these.
            WrongValueError: the file can't be read.
            MetricKindError: the name is of another kind.
        """
        from runlog.media.content import HTML
        from runlog.media.texts import load_html
        from runlog.writing.media import log_media

        log_media(self._recorder(), HTML, name, load_html(html), description, step)

    @best_effort
    def log_figure(
        self, name: str, figure: Any, step: int | None = None, *, description: str = "", svg: bool = False
    ) -> None:
        """Log a figure: one of matplotlib as a PNG, one of plotly as its JSON with an interactive page.

        The figure is drawn before the call returns and stays open.

        Args:
            name: of the metric.
            figure: a matplotlib ``Figure``, ``Axes`` or ``pyplot`` (its current figure), anything else with
                ``savefig``, or a plotly figure.
            step: a whole number in 64 bits.
            description: kept with the figure.
            svg: of a matplotlib figure, keep an SVG beside the PNG: sharp at any size, and drawn a second time.

        Raises:
            WrongTypeError: it is no such figure.
            WrongValueError: it can't be drawn, or ``pyplot`` has no open figure.
            MetricKindError: the name is of another kind.
        """
        from runlog.media.content import FIGURE
        from runlog.media.figures import load_figure
        from runlog.writing.media import log_media

        log_media(self._recorder(), FIGURE, name, load_figure(figure, svg=svg), description, step)

    @best_effort
    def log_histogram(
        self,
        name: str,
        values: Any = None,
        *,
        counts: Any = None,
        edges: Any = None,
        bins: int = 64,
        step: int | None = None,
        description: str = "",
    ) -> None:
        """Log how values are distributed; either from the values, or from counts and edges that you have already.

        Args:
            name: of the metric.
            values: an array, tensor or list of numbers of any shape. Not-a-number and infinities are counted apart.
            counts: one number for each bin, none of them negative.
            edges: of the bins in rising order, one more than counts.
            bins: how many bins of equal width the values are put into.
            step: a whole number in 64 bits.
            description: kept with the histogram.

        Raises:
            WrongTypeError: they are no numbers.
            WrongValueError: neither or both ways were used, counts and edges don't fit each other, a count is negative,
                or the edges fall.
            MetricKindError: the name is of another kind.
            MissingExtraError: values need numpy, which is not installed.
        """
        from runlog.media.content import HISTOGRAM
        from runlog.media.histograms import load_histogram
        from runlog.writing.media import log_media

        log_media(self._recorder(), HISTOGRAM, name, load_histogram(values, counts, edges, bins), description, step)

    @best_effort
    def log_audio(
        self,
        name: str,
        audio: Any,
        sample_rate: int | None = None,
        step: int | None = None,
        *,
        description: str = "",
    ) -> None:
        """Log a sound: a file as it is, an array as WAV.

        Args:
            name: of the metric.
            audio: a path to a WAV, FLAC, OGG or MP3 file, known by its first bytes; or an array, tensor or list of
                shape (samples,), (samples, channels) or (channels, samples), where the shorter dimension is the
                channels. Floats run from -1 to 1; int16, int32 and uint8 are kept as they are.
            sample_rate: of an array: samples of one channel in a second.
            step: a whole number in 64 bits.
            description: kept with the sound.

        Raises:
            WrongTypeError: it is none of these.
            WrongValueError: the file is no sound or can't be read, the rate is missing, or the shape is no sound's.
            MetricKindError: the name is of another kind.
            MissingExtraError: an array needs numpy, which is not installed.
        """
        from runlog.media.audio import load_audio
        from runlog.media.content import AUDIO
        from runlog.writing.media import log_media

        log_media(self._recorder(), AUDIO, name, load_audio(audio, sample_rate), description, step)
