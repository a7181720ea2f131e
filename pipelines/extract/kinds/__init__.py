"""What kind of page it is: walls, errors, lists, works; and whether it is an article at all, as a probability with reasons."""

from pipelines.extract.kinds.article_score import ArticleScore, score_article
from pipelines.extract.kinds.kind import Verdict, decide_kind
from pipelines.extract.kinds.signs import PageCounts, count_page

__all__ = ["ArticleScore", "PageCounts", "Verdict", "count_page", "decide_kind", "score_article"]
