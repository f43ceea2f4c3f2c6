"""What people read: lines, panels, tables and progress on standard error.

Nothing here imports rich before somebody asks for a picture: most runs have no terminal.
"""

import os
import sys
from typing import TextIO


def is_terminal(stream: TextIO | None = None) -> bool:
    """True where *stream* (default: standard error) is a terminal that can draw."""
    stream = sys.stderr if stream is None else stream
    return stream.isatty() and os.environ.get("TERM") != "dumb"
