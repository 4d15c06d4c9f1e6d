"""Every page for everybody: names for screen readers, no clipped words, every text from the catalogue."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTextEdit,
    QWidget,
)

from core.words import Words
from gui.theme import set_scheme

from .conftest import copy_home, inline_window

ROOT = Path(__file__).resolve().parents[2]
CONTROLS = (
    QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QAbstractSpinBox, QAbstractSlider, QTextEdit,
    QPlainTextEdit,
)
PAGES = ("start", "data", "detect", "model", "review", "synthesize")


def open_window(scored, home, locale: str):
    """The whole window on a project that has everything: table, scores, review, copy. Yields it, then closes it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIKENESS_HOME", str(home))
        patch.setenv("LIKENESS_LOCALE", locale)
        copy_home(scored, home)
        window = inline_window()
        window.show()
        window.activateWindow()
        window.state.open_project(window.state.settings.last)
        settle(window)
        assert window.state.profile is not None
        yield window
        window.close()
        window.deleteLater()


@pytest.fixture(scope="module")
def opened(qapp, scored, tmp_path_factory):
    """One window for all these tests: they only look at it."""
    yield from open_window(scored, tmp_path_factory.mktemp("opened") / "home", "en")


@pytest.fixture(scope="module")
def pseudo(qapp, scored, tmp_path_factory):
    """The same in the pseudo-locale, with everything heard that it said."""
    with pytest.MonkeyPatch.context() as patch:
        heard = Recorder(patch)
        for window in open_window(scored, tmp_path_factory.mktemp("pseudo") / "home", "pseudo"):
            window.heard = heard
            yield window


def settle(window):
    """Until every answer has come and is painted."""
    for _ in range(4):
        for client in (window.state.worker._job, window.state.worker._query):
            window.state.worker.poll(client)
        QApplication.processEvents()


def visible(window, kind):
    return [w for w in window.findChildren(kind) if w.isVisible() and w.visibleRegion().boundingRect().isValid()]


def is_part(widget: QWidget) -> bool:
    """Inside a control that has the name: the field of a number, the bars and corners of a view."""
    parent = widget.parentWidget()
    return isinstance(widget, QScrollBar) or isinstance(parent, QAbstractSpinBox | QComboBox | QAbstractItemView) or (
        widget.objectName().startswith("qt_") or type(widget).__name__ == "QTableCornerButton")


def controls(window):
    return [w for w in visible(window, QWidget) if isinstance(w, CONTROLS) and not is_part(w)]


@pytest.mark.parametrize("page", PAGES)
def test_every_control_has_a_name_of_its_own_on_its_page(opened, page):
    opened.go(page)
    settle(opened)
    found = controls(opened)
    assert len(found) > 12
    nameless = [f"{type(w).__name__} in {type(w.parentWidget()).__name__}" for w in found if not w.accessibleName()]
    assert not nameless
    twice = {n: c for n, c in Counter(w.accessibleName() for w in found).items() if c > 1}
    assert not twice


@pytest.mark.parametrize("page", PAGES)
def test_every_control_is_reached_by_tab(opened, page):
    opened.go(page)
    settle(opened)
    wanted = {w for w in controls(opened) if w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus}
    unreachable = [w.accessibleName() for w in controls(opened)
                   if w.isEnabled() and not w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isWindow()]
    assert not unreachable
    chain, start = set(), opened.focusWidget() or opened
    now = start
    for _ in range(3000):
        now = now.nextInFocusChain()
        chain.add(now)
        if now is start:
            break
    assert wanted <= chain


@pytest.mark.parametrize("page", PAGES)
def test_targets_are_large_enough(opened, page):
    opened.go(page)
    settle(opened)
    small = {
        w.accessibleName(): (w.width(), w.height())
        for w in controls(opened) if isinstance(w, QAbstractButton) and min(w.width(), w.height()) < 24
    }
    assert not small


def clipped(window) -> list[str]:
    poor = []
    for label in visible(window, QLabel):
        text = label.text()
        if not text or (label.pixmap() and not label.pixmap().isNull()):
            continue
        if getattr(label, "_elide", False):
            continue  # shortens itself, with a tool tip
        room = label.contentsRect()
        need = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        wide = label.wordWrap() or label.sizeHint().width() <= label.width() + 1
        if need > label.height() + 1 or not wide or room.height() < 8:
            poor.append(f"{text[:60]!r}: {label.width()}x{label.height()} of {label.sizeHint().width()}x{need}")
    return poor


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720)])
@pytest.mark.parametrize("page", PAGES)
def test_no_words_are_clipped(opened, page, size):
    opened.resize(*size)
    opened.go(page)
    settle(opened)
    assert not clipped(opened)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_paints_in_every_scheme(opened, page):
    opened.go(page)
    settle(opened)
    for scheme in ("dark", "contrast", "light"):
        set_scheme(scheme)
        image = opened.grab().toImage()
        colours = {image.pixelColor(x, y).rgb() for x in range(0, 1400, 23) for y in range(0, 880, 23)}
        assert len(colours) > 3


class Recorder:
    """Hears every text painted through QPainter.drawText, and every text of the catalogue."""

    def __init__(self, monkeypatch) -> None:
        self.texts: set[str] = set()
        self.said: set[str] = set()
        plain, text_of = QPainter.drawText, Words.text

        def saying(words, said, **values):
            self.said.add(text_of(words, said, **values))
            return text_of(words, said, **values)

        monkeypatch.setattr(Words, "text", saying)

        def heard(painter, *args):
            self.texts |= {a for a in args if isinstance(a, str)}
            return plain(painter, *args)

        monkeypatch.setattr(QPainter, "drawText", heard)


def is_data(text: str, known: set[str]) -> bool:
    """Values of the table, names of columns and files, numbers and keys are not words of ours."""
    bare = text.strip(" …·")
    if not any(c.isalpha() for c in bare) or len(bare) < 2:
        return True
    if bare.startswith(("/", "~/")):  # the folder of a recent file
        return True
    if bare in KEYS or all(part in KEYS for part in bare.split("+")):
        return True
    if bare.isascii() and bare.replace(",", "").replace(".", "").rstrip("kMB").isdigit():
        return True
    return any(bare == k or (text.endswith("…") and k.startswith(bare)) for k in known)


KEYS = {
    "Ctrl", "Shift", "Alt", "Enter", "Esc", "Space", "Backspace", "Tab", "Home", "End", "PgUp", "PgDown", "Del",
    *"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *(f"F{i}" for i in range(1, 13)),
    *(f"{m}+{i}" for m in ("Ctrl", "Alt") for i in range(10)),
}


def known_data(window) -> set[str]:
    state = window.state
    source = state.source
    known = {state.path.name, state.path.stem, source["name"], source["path"], "Likeness", *state.schema.names}
    known |= {str(Path(state.source["path"]).parent)}
    known |= {r.path for r in state.settings.recent} | {Path(r.path).name for r in state.settings.recent}
    known |= {str(Path(r.path).parent) for r in state.settings.recent}
    for column in (state.profile or {}).get("columns", []):
        known |= {str(t) for t, _ in column.get("top") or []}
    for line in Path(state.source["path"]).read_text().splitlines():
        known |= set(line.split(","))
    return known


@pytest.mark.parametrize("page", PAGES)
def test_pseudo_locale_shows_no_plain_text(pseudo, page):
    window, painted = pseudo, pseudo.heard
    painted.texts.clear()
    window.go(page)
    settle(window)
    window.grab()
    texts = painted.texts | {lb.text() for lb in visible(window, QLabel)}
    texts |= {b.text() for b in visible(window, QAbstractButton)}
    texts |= {w.accessibleName() for w in controls(window)} | {w.toolTip() for w in visible(window, QWidget)}
    texts |= {f.placeholderText() for f in visible(window, QLineEdit)}
    known = known_data(window)
    shortened = "\n".join(painted.said)  # a part of a sentence, or one that ends in an ellipsis
    plain = sorted(
        t for t in texts if t and "⟦" not in t and not is_data(t, known) and t.strip(" …") not in shortened)
    assert not plain


def test_sheets_are_named_and_keep_tab_inside(opened, qtbot):
    for show in (opened.show_palette, opened.show_keys, opened.show_settings):
        show()
        sheet = opened.veil.sheet
        assert sheet.accessibleName()
        for _ in range(12):
            qtbot.keyClick(opened.focusWidget(), Qt.Key.Key_Tab)
            assert sheet.isAncestorOf(opened.focusWidget()) or opened.focusWidget() is sheet
        qtbot.keyClick(sheet, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: opened.veil is None)


HEAVY = (
    "torch", "sklearn", "sdv", "scipy", "pandas", "pyarrow", "duckdb", "openpyxl", "PIL", "sdmetrics", "typer",
    "jinja2",
)


def test_the_window_imports_nothing_heavy(tmp_path):
    code = (
        "import sys; from gui.app import application; from gui.settings import Settings;"
        "from gui.state import AppState;"
        "from gui.main_window import MainWindow; app = application(Settings()); state = AppState(Settings());"
        "window = MainWindow(state); window.show(); [window.go(k) for k in window.kinds]; app.processEvents();"
        "import json; print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules}))); state.close()"
    )
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LIKENESS_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert not loaded & set(HEAVY)
    assert "PySide6" in loaded



REVIEW_SHEETS = ("snooze", "escalate", "hand_over", "team", "name", "eyes", "second", "package", "bulk", "account")


@pytest.mark.parametrize("name", REVIEW_SHEETS)
def test_the_sheets_of_the_review_are_named_and_keep_tab_inside(opened, qtbot, name):
    opened.go("review")
    settle(opened)
    if name == "bulk":  # offered where a case has look-alikes
        session = opened.state.session
        other = next(c for c in session.cases if c.key != session.position)
        opened.page().beside._alike[session.current.row] = [{"key": other.key, "differs": []}]
    next(a for a in opened.page().actions() if a.id == f"review.{name}").run()
    settle(opened)
    sheet = opened.veil.sheet
    assert sheet.accessibleName()
    found = [w for w in sheet.findChildren(QWidget) if w.isVisible() and isinstance(w, CONTROLS) and not is_part(w)]
    assert not [type(w).__name__ for w in found if not w.accessibleName()]
    assert not clipped(opened)
    for _ in range(len(found) + 2):
        qtbot.keyClick(opened.focusWidget(), Qt.Key.Key_Tab)
        assert sheet.isAncestorOf(opened.focusWidget()) or opened.focusWidget() is sheet
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: opened.veil is None)


def test_tab_goes_through_the_review_as_one_reads_it(opened, qtbot):
    opened.resize(1440, 900)
    opened.go("review")
    settle(opened)
    page, panel = opened.page(), opened.page().inspector()
    page.filter.setFocus()
    way = []
    for _ in range(40):
        way.append(opened.focusWidget())
        qtbot.keyClick(opened.focusWidget(), Qt.Key.Key_Tab)
    wanted = [page.filter, page.filters, page.queue, page.card.cells, panel.hide_score, panel.buttons["fraud"],
              panel.buttons["normal"], panel.snooze, next(iter(panel.chips.values())), panel.note]
    places = [way.index(w) for w in wanted]
    assert places == sorted(places)
    page.queue.setFocus()
