"""How a chart is drawn by pyqtgraph: lines with their interval, bars, and the lines where something changed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics

from annodesk.ui import theme
from annodesk.ui.dashboard.charted import Chart, Point, Series, Shape, Unit, known
from annodesk.ui.dashboard.days import day_ticks
from annodesk.ui.plain import shown

HEIGHT = 190
PALETTE = ("accent", "ok", "warn", "bad", "#b779c9", "#58b089", "#6e7787", "#d98b3a")
MOST_CHANGES = 12
"""So many lines of changes are drawn, the newest; all of them are in the CSV."""
LEAST_DAYS = 3
"""So many days an axis of time shows at least: the ticks of one day alone would tell seconds of its noon."""
WIDEST_DAY = "30 Nov 2030"
_TOP = {Unit.SHARE: 1.0, Unit.SCORE: 1.0}


def colour_of(token: str) -> QColor:
    """The colour of a series in the present theme."""
    return QColor(token if token.startswith("#") else getattr(theme.current(), token))


def plotted(chart: Chart) -> Any:
    """A widget with the chart drawn in it, in the present theme."""
    import pyqtgraph as pg

    now = theme.current()
    axes = {"left": pg.AxisItem("left"), "bottom": _bottom_axis(pg, chart)}
    plot = _plot(pg, axes)
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
    else:
        item.setLimits(minXRange=LEAST_DAYS * 86_400)
    return plot


def across_of(chart: Chart, point: Point) -> float:
    """Where a point is drawn along the axis."""
    return point.at / 1_000_000 if chart.is_timed else point.at


def _bottom_axis(pg: Any, chart: Chart) -> Any:
    if chart.is_timed:
        return _day_axis(pg)
    axis = pg.AxisItem("bottom")
    if chart.names:
        every = max(1, -(-len(chart.names) // 12))
        axis.setTicks([[(place, shown(name, 18)) for place, name in enumerate(chart.names) if place % every == 0]])
    return axis


def _plot(pg: Any, axes: dict[str, Any]) -> Any:
    """A widget to draw in; a card with words below it would else be as high as a view of pictures wants to be."""

    class Plot(pg.PlotWidget):  # type: ignore[misc]
        def sizeHint(self) -> QSize:
            return QSize(theme.px(HEIGHT), theme.px(HEIGHT))

    return Plot(axisItems=axes)


def _day_axis(pg: Any) -> Any:
    """An axis of days with their months; pyqtgraph's own names a few days by their number alone."""

    class DayAxis(pg.AxisItem):  # type: ignore[misc]
        def tickValues(self, low: float, high: float, width: float) -> list[tuple[float, list[float]]]:
            room = QFontMetrics(theme.font("small")).horizontalAdvance(WIDEST_DAY) * 1.3
            # What has half its words beside the axis is not drawn.
            beside = (high - low) / max(width, 1) * room / 2
            self.named = dict(day_ticks(low + beside, high - beside, int(width // room)))
            return [(86_400.0, list(self.named))]

        def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
            return [self.named.get(one, "") for one in values]

    return DayAxis("bottom")


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
        x = [across_of(chart, one) for one in run]
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
            at = across_of(chart, one)
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
    x = [across_of(chart, one) for one in points]
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
