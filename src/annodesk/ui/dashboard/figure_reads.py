"""Reads what the page of figures shows: of everything, or of the items that have one value in a field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.services.by_field import Where
from annodesk.ui.dashboard.figure_charts import Figures, read_figures, read_values

if TYPE_CHECKING:
    from annodesk.services.by_field import FieldValues
    from annodesk.ui.bus import Context
    from annodesk.ui.dashboard.figures_page import FiguresPage
    from annodesk.ui.dashboard.reads import Reads


class FigureReads:
    """Keeps by what the page is told of, and reads again when that is another."""

    def __init__(self, page: FiguresPage, context: Context, reads: Reads) -> None:
        self._page, self._context, self._reads = page, context, reads
        self._where: Where | None = None
        page.filter_asked.connect(self._filter)
        page.values_asked.connect(self._ask_values)

    def read(self) -> None:
        """Read all charts anew."""
        self._reads.ask("figures", read_figures, self._show, self._where)

    def start_afresh(self) -> None:
        """Somebody else works here, or on another project: everything is told of."""
        self._where = None

    def _show(self, found: Figures) -> None:
        self._context.bus.status_said.emit("")
        self._page.set_fields(found.fields)
        self._page.show_charts(found.charts, found.about)

    def _ask_values(self, field: str) -> None:
        self._context.bus.status_said.emit("Looking at the values …")
        self._reads.ask("values", read_values, self._show_values, field)

    def _show_values(self, found: FieldValues) -> None:
        self._context.bus.status_said.emit("")
        self._page.set_values(found)

    def _filter(self, field: str, value: str) -> None:
        self._where = Where(field, value) if field else None
        self._context.bus.status_said.emit("Counting …")
        self.read()
