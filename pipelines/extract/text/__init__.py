"""From a page's tree to the paragraphs of its article.

tree ─prepare─► tree ─read_body─► blocks ─clean─► blocks ─find_standfirst─► text
"""
