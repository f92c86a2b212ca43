"""What lies over the main window or beside it: palette, live keys, notices, help, the window of keys, reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from annodesk.ui.actions import KeyMap
    from annodesk.ui.help import HelpWindow
    from annodesk.ui.keys.settings_window import KeyWindow
    from annodesk.ui.notices import Notice, Report
    from annodesk.ui.overlay import KeyOverlay
    from annodesk.ui.palette import Palette
    from annodesk.ui.toasts import ReportWindow, Toasts


class WindowOver(QObject):
    """Each is made when it is first needed; while palette or live keys are open, the keys below are silent.

    closed()    what lay over the window is gone, and the keys below are live
    """

    closed = Signal()

    def __init__(self, window: QWidget, key_maps: Callable[[], Sequence[KeyMap]]) -> None:
        super().__init__(window)
        self._window, self._key_maps = window, key_maps
        self.report: ReportWindow | None = None
        self._toasts: Toasts | None = None
        self._palette: Palette | None = None
        self._overlay: KeyOverlay | None = None
        self._help: HelpWindow | None = None
        self.key_window: KeyWindow | None = None

    @property
    def palette(self) -> Palette:
        """The command palette."""
        if self._palette is None:
            from annodesk.ui.palette import Palette

            self._palette = Palette(self._window)
            self._palette.closed.connect(self._on_overlay_closed)
        return self._palette

    @property
    def keys(self) -> KeyOverlay:
        """The overlay of live keys."""
        if self._overlay is None:
            from annodesk.ui.overlay import KeyOverlay

            self._overlay = KeyOverlay(self._window)
            self._overlay.closed.connect(self._on_overlay_closed)
        return self._overlay

    @property
    def toasts(self) -> Toasts:
        """The notices shown now."""
        if self._toasts is None:
            from annodesk.ui.toasts import Toasts

            self._toasts = Toasts(self._window)
        return self._toasts

    def show_notice(self, notice: Notice) -> None:
        """Show a notice for a while."""
        self.toasts.show_notice(notice)

    def toggle_palette(self) -> None:
        """Open the palette over everything, or close it."""
        if self.palette.isVisible():
            self.palette.close_palette()
        else:
            self.keys.close_overlay()
            self._suspend_keys(True)
            self.palette.open(self._key_maps())

    def toggle_keys(self) -> None:
        """Show the live keys."""
        self._suspend_keys(True)
        self.keys.open(self._key_maps())

    def show_help(self) -> None:
        """Show the first five minutes beside the work; once only."""
        from annodesk.ui.help import HelpWindow

        self._help = self._help or HelpWindow(self._window)
        self._help.show()
        self._help.activateWindow()

    def change_keys(self, person: str) -> None:
        """Show the window of a person's keys beside the work; once only."""
        from annodesk.ui.keys.settings_window import KeyWindow

        if self.key_window is not None:
            self.key_window.close()
            self.key_window.deleteLater()
        self.key_window = KeyWindow(self._window, self._key_maps, person)
        self.key_window.show()
        self.key_window.activateWindow()

    def _suspend_keys(self, is_suspended: bool) -> None:
        for keys in self._key_maps():
            keys.suspend(is_suspended)

    def _on_overlay_closed(self) -> None:
        self._suspend_keys(False)
        self.closed.emit()

    def place(self) -> None:
        """The window has another size."""
        for over in (self._toasts, self._overlay, self._palette):
            if over is not None:
                over.place()

    def show_report(self, report: Report) -> None:
        """Show what went wrong, to be sent."""
        from annodesk.ui.toasts import ReportWindow

        self.report = ReportWindow(report, self._window)
        self.report.show()
