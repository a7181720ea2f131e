"""Everything that reading a page needs, loaded: for the process that parsing processes are forked from, which then share it.

The language model alone takes 0.44 s of CPU (it is packed with xz), which each parsing process would spend on its first page.
"""

from __future__ import annotations

from pipelines import extract
from pipelines.language import load_model

__all__ = ["extract"]

load_model()
