"""A card with one chart, drawn by pyqtgraph: lines with their interval, what changed when, the clips of a point."""

from __future__ import annotations

import importlib
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.dashboard.card import Card
from annodesk.ui.dashboard.charted import (
    Chart,
    Point,
    Series,
    Shape,
    Unit,
    as_csv,
    in_words,
    known,
    place_words,
    point_words,
    value_words,
)
from annodesk.ui.parts import label
from annodesk.ui.plain import set_tip, shown

HEIGHT = 190
PALETTE = ("accent", "ok", "warn", "bad", "#b779c9", "#58b089", "#6e7787", "#d98b3a")
MOST_CHANGES = 12
"""So many lines of changes are drawn, the newest; all of them are in the CSV."""
_TOP = {Unit.SHARE: 1.0, Unit.SCORE: 1.0}


def load_pyqtgraph() -> object:
    """Load what charts are drawn with; it takes half a second, so it is done in a lane beside the window's thread."""
    return importlib.import_module("pyqtgraph")


def colour_of(token: str) -> QColor:
    """The colour of a series in the present theme."""
    return QColor(token if token.startswith("#") else getattr(theme.current(), token))


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
        self.plot = self._plotted()
        self.plot.setAccessibleName(self.chart.title)
        self.plot.installEventFilter(self)
        self._rows.insertWidget(0, self.plot, 1)
        self.setAccessibleDescription(in_words(self.chart))
        self.said.setText(self.chart.foot)
        self.said.setVisible(bool(self.chart.foot))

    def _plotted(self) -> Any:
        import pyqtgraph as pg

        now, chart = theme.current(), self.chart
        axes = {"left": pg.AxisItem("left"), "bottom": _bottom_axis(pg, chart)}
        plot = pg.PlotWidget(axisItems=axes)
        plot.setBackground(now.panel)
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot.setMinimumHeight(theme.px(HEIGHT))
        plot.setFrameShape(plot.Shape.NoFrame)
        item = plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.showGrid(y=True, alpha=0.12)
        font = QFont(theme.font("small"))
        for name in ("left", "bottom"):
            axis = item.getAxis(name)
            axis.setPen(pg.mkPen(now.line))
            axis.setTextPen(pg.mkPen(now.dim))
            axis.setTickFont(font)
            axis.setStyle(tickTextOffset=theme.px(4), tickLength=0)
        draw = {Shape.BARS: _draw_bars, Shape.STACKED: _draw_bars}.get(chart.shape, _draw_lines)
        for place, series in enumerate(chart.series):
            draw(pg, item, chart, series, place)
        if chart.shape is Shape.BELIEF:
            item.plot([0, 1], [0, 1], pen=pg.mkPen(now.faint, style=Qt.PenStyle.DotLine))
        for place, change in enumerate(chart.changes[-MOST_CHANGES:]):
            _draw_change(pg, item, change, place)
        low, high = _ends(chart)
        item.setYRange(low, high, padding=0.06)
        if not chart.is_timed:
            last = 1.0 if chart.shape is Shape.BELIEF else max(len(chart.names) - 0.5, 0.5)
            item.setXRange(0.0 if chart.shape is Shape.BELIEF else -0.5, last, padding=0.02)
        plot.scene().sigMouseMoved.connect(self._on_moved)
        plot.scene().sigMouseClicked.connect(self._on_clicked)
        return plot

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
                x = _x(self.chart, point)
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
        self._mark.setData([_x(self.chart, point)], [point.value])

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
        from PySide6.QtCore import QBuffer, QIODevice

        self.save.hide()
        picture = self.grab()
        self.save.show()
        out = QBuffer()
        out.open(QIODevice.OpenModeFlag.WriteOnly)
        picture.save(out, "PNG")
        return bytes(out.data().data())

    def svg(self) -> bytes:
        """The chart as a drawing, with its title and what it rests on above it."""
        from PySide6.QtCore import QBuffer, QIODevice
        from PySide6.QtSvg import QSvgGenerator

        if self.plot is None:
            raise AnnodeskError("The chart is not drawn yet.", "Try again in a moment.")
        out, head = QBuffer(), theme.px(44)
        out.open(QIODevice.OpenModeFlag.WriteOnly)
        made = QSvgGenerator()
        made.setOutputDevice(out)
        size = self.plot.size()
        made.setSize(QSize(size.width(), size.height() + head))
        made.setViewBox(QRectF(0, 0, size.width(), size.height() + head))
        made.setTitle(self.chart.title)
        painter, now = QPainter(made), theme.current()
        painter.fillRect(QRectF(0, 0, size.width(), size.height() + head), QColor(now.panel))
        painter.setPen(QColor(now.text))
        painter.setFont(theme.font("body", bold=True))
        painter.drawText(QRectF(8, 4, size.width() - 16, head / 2), 0, self.chart.title)
        painter.setPen(QColor(now.dim))
        painter.setFont(theme.font("small"))
        painter.drawText(QRectF(8, head / 2, size.width() - 16, head / 2), 0, self.chart.note)
        self.plot.scene().render(
            painter, QRectF(0, head, size.width(), size.height()), QRectF(self.plot.viewport().rect())
        )
        painter.end()
        return bytes(out.data().data())


def _x(chart: Chart, point: Point) -> float:
    return point.at / 1_000_000 if chart.is_timed else point.at


def _bottom_axis(pg: Any, chart: Chart) -> Any:
    if chart.is_timed:
        return pg.DateAxisItem("bottom")
    axis = pg.AxisItem("bottom")
    if chart.names:
        every = max(1, -(-len(chart.names) // 12))
        axis.setTicks([[(place, shown(name, 18)) for place, name in enumerate(chart.names) if place % every == 0]])
    return axis


def _ends(chart: Chart) -> tuple[float, float]:
    """The lowest and the highest that is drawn: counts from nothing, scores no wider than they must."""
    values = [
        value
        for series in chart.series
        for point in series.points
        for value in (point.value, point.low, point.high)
        if value is not None and known(value)
    ]
    if chart.shape is Shape.STACKED:
        tops: dict[float, float] = {}
        for series in chart.series:
            for point in series.points:
                tops[point.at] = tops.get(point.at, 0.0) + (point.value or 0.0)
        values += list(tops.values())
    low, high = min(values, default=0.0), max(values, default=1.0)
    if chart.shape is Shape.BELIEF:
        return 0.0, 1.0
    if chart.shape is Shape.LINE and chart.unit in _TOP:
        return max(-1.0, min(low - 0.05, 0.5)), _TOP[chart.unit]
    return min(0.0, low), high if high > 0 else 1.0


def _draw_lines(pg: Any, item: Any, chart: Chart, series: Series, place: int) -> None:
    colour = colour_of(series.colour or PALETTE[place % len(PALETTE)])
    points = sorted(series.points, key=lambda one: one.at)
    runs: list[list[Point]] = [[]]
    for point in points:
        if known(point.value):
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    for run in filter(None, runs):
        x = [_x(chart, one) for one in run]
        with_interval = [one for one in run if known(one.low) and known(one.high)]
        if place and chart.shape is not Shape.BELIEF:
            with_interval = []  # several bands hide each other; each point says its interval
        if len(with_interval) == len(run) > 1:
            none = pg.mkPen(None)
            low = pg.PlotDataItem(x, [one.low for one in run], pen=none)
            high = pg.PlotDataItem(x, [one.high for one in run], pen=none)
            faint = QColor(colour)
            faint.setAlpha(48)
            item.addItem(low)
            item.addItem(high)
            item.addItem(pg.FillBetweenItem(low, high, brush=pg.mkBrush(faint)))
        for one in with_interval if len(with_interval) == 1 or len(with_interval) < len(run) else ():
            at = _x(chart, one)
            item.addItem(pg.PlotDataItem([at, at], [one.low, one.high], pen=pg.mkPen(colour, width=1)))
        style = Qt.PenStyle.DashLine if series.is_dashed else Qt.PenStyle.SolidLine
        pen = pg.mkPen(colour, width=theme.px(2 if not place else 1.4), style=style)
        item.addItem(
            pg.PlotDataItem(
                x,
                [one.value for one in run],
                pen=pen,
                symbol="o",
                symbolSize=theme.px(5),
                symbolBrush=pg.mkBrush(colour),
                symbolPen=pg.mkPen(None),
            )
        )


def _draw_bars(pg: Any, item: Any, chart: Chart, series: Series, place: int) -> None:
    colour = colour_of(series.colour or PALETTE[place % len(PALETTE)])
    points = [one for one in series.points if known(one.value)]
    if not points:
        return
    x = [_x(chart, one) for one in points]
    gaps = [b - a for a, b in zip(sorted(set(x)), sorted(set(x))[1:], strict=False)]
    step = min(gaps, default=86_400.0 if chart.is_timed else 1.0)
    beside = len(chart.series) if chart.shape is Shape.BARS else 1
    width = step * 0.76 / beside
    if not chart.is_timed and len(chart.names) < 4:
        width *= 0.5  # one bar is no wall
    shift = (place - (beside - 1) / 2) * width if beside > 1 else 0.0
    below = [0.0] * len(points)
    if chart.shape is Shape.STACKED:
        for other in chart.series[:place]:
            of = {one.at: one.value or 0.0 for one in other.points}
            below = [under + of.get(one.at, 0.0) for under, one in zip(below, points, strict=True)]
    brush = pg.mkBrush(colour)
    if series.is_dashed:
        brush.setStyle(Qt.BrushStyle.BDiagPattern)
    item.addItem(
        pg.BarGraphItem(
            x=[one + shift for one in x],
            y0=below,
            height=[one.value for one in points],
            width=width,
            brush=brush,
            pen=pg.mkPen(colour if series.is_dashed else None),
        )
    )
    for at, one in zip(x, points, strict=True):
        if known(one.low) and known(one.high):
            pen = pg.mkPen(theme.current().text, width=1.5)
            item.addItem(pg.PlotDataItem([at + shift, at + shift], [one.low, one.high], pen=pen))


def _draw_change(pg: Any, item: Any, change: Any, place: int) -> None:
    now = theme.current()
    options = {"position": 0.94 - 0.1 * (place % 3), "color": now.dim, "anchors": [(0, 0.5), (0, 0.5)]}
    made = pg.InfiniteLine(
        change.at_us / 1_000_000,
        angle=90,
        pen=pg.mkPen(now.faint, width=1.4, style=Qt.PenStyle.DashLine),
        label=shown(change.words, 32).replace("{", "{{").replace("}", "}}"),
        labelOpts=options,
    )
    made.label.setFont(theme.font("small"))
    item.addItem(made, ignoreBounds=True)


__all__ = ["ChartCard", "colour_of", "load_pyqtgraph", "place_words", "value_words"]
