"""HTML to PDF for letters: true to the millimeter, and cut off from the world.

Odoo's own way wraps each body in a layout whose style sheets load fonts; with an
unpatched wkhtmltopdf the text of the PDF is then lost (drawn as outlines). Letters have
a shell of their own, so they are rendered here: no request, no script, no file but the
page itself, and no waiting for scripts (Odoo waits one second a call).
"""

import os
import signal
import subprocess
import tempfile
from pathlib import Path

from odoo.addons.base.models.ir_actions_report import _wkhtml

SECONDS = 60
# nothing is fetched: a proxy that nobody serves, and what fails to load is ignored
SAFE = [
    "--quiet",
    "--disable-local-file-access",
    "--disable-javascript",
    # it waits for scripts even where none may run: 200 ms a call unless told otherwise
    "--javascript-delay",
    "1",
    "--proxy",
    "http://127.0.0.1:9",
    "--load-error-handling",
    "ignore",
    "--load-media-error-handling",
    "ignore",
    "--encoding",
    "utf-8",
]
# in mm; the page's own style counts from the printable corner (report_letter.py)
MARGINS = {"top": 8, "bottom": 2, "left": 6, "right": 0}


class RenderError(Exception):
    """The PDF could not be made; the message says why, for the log."""


def zoom():
    """Return the CSS zoom of the page with which 100 mm print as 100 mm.

    Without patches Qt prints 100 mm as 80 mm at 96 dpi, whatever the options say.
    """
    return "1" if _wkhtml().is_patched_qt else "1.25"


def is_available():
    return _wkhtml().state in ("ok", "workers")


def html_to_pdf(html):
    """Return `html` (str, one or more letters) as PDF bytes on US Letter paper.

    :raise RenderError: no PDF came out in time; success is judged by the file, never
        by the return code
    """
    tool = _wkhtml()
    args = [tool.bin, *SAFE, "--page-size", "Letter"]
    for side, width in MARGINS.items():
        args += [f"--margin-{side}", f"{width}mm"]
    if tool.is_patched_qt:
        args += ["--disable-smart-shrinking", "--dpi", "96", "--zoom", "1"]
    with tempfile.TemporaryDirectory(prefix="pact_letter_") as folder:
        source, target = Path(folder, "letter.html"), Path(folder, "letter.pdf")
        source.write_text(html, encoding="utf-8")
        process = subprocess.Popen(
            [*args, str(source), str(target)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "QT_FONT_DPI": "96"},
            start_new_session=True,
        )
        try:
            _out, errors = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise RenderError(f"no PDF within {SECONDS} seconds") from error
        content = target.read_bytes() if target.exists() else b""
    if not content.startswith(b"%PDF") or b"%%EOF" not in content[-1024:]:
        text = errors.decode(errors="replace")[-500:]
        raise RenderError(f"return code {process.returncode}: {text}")
    return content
