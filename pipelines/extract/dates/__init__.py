"""When a page's article was published and last modified: declared, else visible, else in its address."""

from pipelines.extract.dates.choose import Dates, choose_dates, value_instant

__all__ = ["Dates", "choose_dates", "value_instant"]
