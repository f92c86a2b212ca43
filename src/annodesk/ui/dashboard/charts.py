"""A card with one chart, drawn by pyqtgraph: lines with their interval, what changed when, the clips of a point."""

from __future__ import annotations

import importlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.dashboard import chart_saving
from annodesk.ui.dashboard.card import Card
from annodesk.ui.dashboard.chart_drawing import HEIGHT, PALETTE, across_of, colour_of, plotted
from annodesk.ui.dashboard.charted import Chart, as_csv, in_words, known, point_words
from annodesk.ui.parts import label
from annodesk.ui.plain import set_tip, shown

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QKeyEvent


def load_pyqtgraph() -> object:
    """Load what charts are drawn with; it takes half a second, so it is done in a lane beside the window's thread."""
    return importlib.import_module("pyqtgraph")


class ChartCard(Card):
    """Draws what it is given once pyqtgraph is there; arrows go along the points, Return plays their clips.

    asked(object, object)    the clips behind a point are to be played: the chart and the point
    saving(object)           a path and what writes the file there
    """

    asked = Signal(object, object)
    saving = Signal(object, object)

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self.chart = Chart("", title)
        self.plot: Any = None
        self._is_loaded = False
        self._at: tuple[int, int] | None = None
        self._mark: Any = None
        body = QWidget()
        self._rows = QVBoxLayout(body)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(theme.SPACE)
        self._waiting = label("Drawing …", "dim")
        self._rows.addWidget(self._waiting)
        self.said = label("", "small", wrap=True)
        self.legend = QWidget()
        across = QHBoxLayout(self.legend)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(theme.SPACE * 2)
        self.legend.hide()
        self.set_body(body)
        self._rows.addWidget(self.legend)
        self._rows.addWidget(self.said)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.save = QToolButton()
        self.save.setAccessibleName("Save this chart")
        set_tip(self.save, "Save this chart as a picture or as a table")
        self.save.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.save.clicked.connect(self._open_menu)
        self.tools.addWidget(self.save)
        theme.notifier().theme_changed.connect(self._draw)
        self._draw_icon()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(360), theme.px(HEIGHT + 70))

    def show_chart(self, chart: Chart) -> None:
        """Show another chart, or that there is nothing to draw."""
        self.chart, self._at = chart, None
        self.title.setText(chart.title)
        self.setAccessibleName(chart.title)
        self.show_note(chart.note)
        self.say((chart.reason or "There is nothing to draw yet.") if chart.is_empty else "")
        self.save.setVisible(not chart.is_empty)
        self._draw()

    def be_loaded(self) -> None:
        """Pyqtgraph is there: draw."""
        self._is_loaded = True
        self._draw()

    # Drawing

    def _draw(self) -> None:
        self._draw_icon()
        if self.plot is not None:
            self._rows.removeWidget(self.plot)
            self.plot.removeEventFilter(self)
            self.plot.hide()
            self.plot.close()
            self.plot.deleteLater()
            self.plot = self._mark = None
        if not self._is_loaded or self.chart.is_empty:
            self.setAccessibleDescription(self.chart.reason if self.chart.is_empty else "")
            return
        self._waiting.hide()
        self._draw_legend()
        self.plot = plotted(self.chart)
        self.plot.scene().sigMouseMoved.connect(self._on_moved)
        self.plot.scene().sigMouseClicked.connect(self._on_clicked)
        self.plot.setAccessibleName(self.chart.title)
        self.plot.installEventFilter(self)
        self._rows.insertWidget(0, self.plot, 1)
        self.setAccessibleDescription(in_words(self.chart))
        self.said.setText(self.chart.foot)
        self.said.setVisible(bool(self.chart.foot))

    def _draw_legend(self) -> None:
        """Names below the plot, where they hide nothing; each goes with the colour and dash of its line."""
        clear_rows(self.legend)
        row = self.legend.layout()
        assert isinstance(row, QHBoxLayout)
        self.legend.setVisible(len(self.chart.series) > 1 and not self.chart.is_empty)
        for place, series in enumerate(self.chart.series if len(self.chart.series) > 1 else ()):
            swatch = QFrame()
            colour = colour_of(series.colour or PALETTE[place % len(PALETTE)]).name()
            line = f"border-top: {theme.px(3)}px {'dashed' if series.is_dashed else 'solid'} {colour};"
            swatch.setStyleSheet(f"QFrame {{ {line} }}")
            swatch.setFixedSize(theme.px(16), theme.px(3))
            name = label(shown(series.name, 24), "small")
            set_tip(name, series.name)
            row.addWidget(swatch)
            row.addWidget(name)
        row.addStretch()

    def _draw_icon(self) -> None:
        self.save.setIcon(theme.icon("tray-arrow-down"))
        self.save.setIconSize(QSize(theme.px(16), theme.px(16)))

    # Points

    def _near(self, scene_position: Any) -> tuple[int, int] | None:
        """Series and place of the point that the mouse is nearest to along the axis."""
        view = self.plot.getPlotItem().getViewBox()
        if not view.sceneBoundingRect().contains(scene_position):
            return None
        spot = view.mapSceneToView(scene_position)
        (x_low, x_high), (y_low, y_high) = view.viewRange()
        across, up = x_high - x_low or 1.0, y_high - y_low or 1.0
        best: tuple[float, tuple[int, int]] | None = None
        for which, series in enumerate(self.chart.series):
            for place, point in enumerate(series.points):
                if point.value is None or not known(point.value):
                    continue
                x = across_of(self.chart, point)
                away = abs(x - spot.x()) / across + 0.3 * abs(point.value - spot.y()) / up
                if best is None or away < best[0]:
                    best = (away, (which, place))
        return best[1] if best is not None else None

    def _on_moved(self, position: Any) -> None:
        near = self._near(position) if self.plot is not None else None
        if near is not None and near != self._at:
            self._look_at(near)

    def _on_clicked(self, event: Any) -> None:
        near = self._near(event.scenePos()) if self.plot is not None else None
        if near is not None:
            self._look_at(near)
            self._play()

    def _look_at(self, place: tuple[int, int]) -> None:
        import pyqtgraph as pg

        self._at = place
        series = self.chart.series[place[0]]
        point = series.points[place[1]]
        words = point_words(self.chart, series, point)
        self.said.setText(words + (" · Return plays its clips" if point.key is not None else ""))
        self.said.show()
        self.setAccessibleDescription(words)
        if self.plot is None or not known(point.value):
            return
        if self._mark is None:
            self._mark = pg.ScatterPlotItem(size=theme.px(11), pen=pg.mkPen(theme.current().text, width=2), brush=None)
            self._mark.setZValue(50)
            self.plot.addItem(self._mark, ignoreBounds=True)
        self._mark.setData([across_of(self.chart, point)], [point.value])

    def _play(self) -> None:
        if self._at is not None:
            point = self.chart.series[self._at[0]].points[self._at[1]]
            if point.key is not None:
                self.asked.emit(self.chart, point)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        turn = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if (step is not None or turn is not None) and self.plot is not None and not event.modifiers():
            which, place = self._at or (0, len(self.chart.series[0].points) - (step or 0))
            which = (which + (turn or 0)) % len(self.chart.series)
            points = self.chart.series[which].points
            if points:
                self._look_at((which, max(0, min(len(points) - 1, place + (step or 0)))))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._play()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.setProperty("role", "chosen")
        self.style().polish(self)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.setProperty("role", "card")
        self.style().polish(self)
        super().focusOutEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel:
            event.ignore()  # the page scrolls, the chart stays
            return True
        return super().eventFilter(watched, event)

    # Saving

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for kind, words in (("png", "Picture (PNG) …"), ("svg", "Drawing (SVG) …"), ("csv", "Table (CSV) …")):
            menu.addAction(words).triggered.connect(partial(self._ask_file, kind))
        menu.popup(self.save.mapToGlobal(self.save.rect().bottomLeft()))

    def _ask_file(self, kind: str) -> None:
        name = "".join(one if one.isalnum() else "-" for one in self.chart.title)[:60] or "chart"
        chosen, _ = QFileDialog.getSaveFileName(self, "Save this chart", f"{name}.{kind}", f"{kind.upper()} (*.{kind})")
        if chosen:
            self.save_to(Path(chosen))

    def save_to(self, path: Path) -> None:
        """Write the chart as its file's ending says: a picture, a drawing or a table."""
        kind = path.suffix.lower().lstrip(".")
        if kind == "csv":
            self.saving.emit(path, ("\ufeff" + as_csv(self.chart)).encode())
        elif kind == "svg":
            self.saving.emit(path, self.svg())
        else:
            self.saving.emit(path, self.png())

    def png(self) -> bytes:
        """The card as a picture, with its title and what it rests on, without its buttons."""
        self.save.hide()
        picture = self.grab()
        self.save.show()
        return chart_saving.png(picture)

    def svg(self) -> bytes:
        """The chart as a drawing, with its title and what it rests on above it."""
        if self.plot is None:
            raise AnnodeskError("The chart is not drawn yet.", "Try again in a moment.")
        return chart_saving.svg(self.plot, self.chart)
