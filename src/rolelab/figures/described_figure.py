"""A matplotlib figure with a description for those who cannot see it."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import Any

from matplotlib.figure import Figure

WIDTH, HEIGHT = 7.0, 4.0
"""Inches."""

FONT_SIZE = 11
"""Points."""

SHARPNESS = 160
"""Dots an inch of the picture in a notebook."""


class DescribedFigure(Figure):
    """A figure that a notebook shows as an image with alternative text.

    Attributes:
        description: what the picture says, in sentences.
    """

    def __init__(self, description: str, *, width: float = WIDTH, height: float = HEIGHT) -> None:
        super().__init__(figsize=(width, height))
        self.description = description

    def png(self) -> bytes:
        """The picture as PNG."""
        target = io.BytesIO()
        self.savefig(target, format="png", dpi=SHARPNESS, facecolor="white")
        return target.getvalue()

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.png()).decode("ascii")
        width = round(self.get_figwidth() * 96)
        return (
            f'<img alt="{escape(self.description, quote=True)}" width="{width}" '
            f'style="max-width:100%" src="data:image/png;base64,{data}">'
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Only the HTML: a second copy as plain PNG would have no description."""
        return {"text/html": self._repr_html_(), "text/plain": self.description}
