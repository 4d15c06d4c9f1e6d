"""A page of HTML as PDF, through Qt. Run as a process of its own, so that a long case file never stops the window.

python -m gui.pdf PAGE.html FILE.pdf
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["main", "write_pdf"]

_STYLE = "p { margin-top: 3px; margin-bottom: 3px; } table { margin-top: 8px; }"


def write_pdf(page: Path, target: Path) -> None:
    """Lay the page out on A4 and write it; the file appears whole or not at all."""
    from PySide6.QtCore import QMarginsF
    from PySide6.QtGui import QPageSize, QPdfWriter, QTextDocument

    from .theme import font

    draft = target.with_name(f".{target.name}.{os.getpid()}")
    writer = QPdfWriter(str(draft))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF())  # the document has margins of its own, 2 cm
    writer.setTitle(target.stem)
    document = QTextDocument()
    type_ = font("body")
    type_.setPointSizeF(9)  # sizes of headings are worked out from points
    document.setDefaultFont(type_)
    document.setDefaultStyleSheet(_STYLE)
    document.setHtml(page.read_text("utf-8"))
    document.print_(writer)
    del writer  # closes the file
    draft.replace(target)


def main(argv: list[str]) -> int:
    """Write the file; the page is removed, since it holds what the case file holds."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    page, target = Path(argv[0]), Path(argv[1])
    app = QGuiApplication(sys.argv[:1])
    try:
        write_pdf(page, target)
    finally:
        page.unlink(missing_ok=True)
        app.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
