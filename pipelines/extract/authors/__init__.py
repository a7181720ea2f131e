"""Who wrote an article: people, agencies and outlets, without job titles, places, dates, addresses or "By"."""

from pipelines.extract.authors.choose import choose_authors
from pipelines.extract.authors.names import is_personal, names_of, split_byline

__all__ = ["choose_authors", "is_personal", "names_of", "split_byline"]
