"""Parts of a page that are not its story, each told by its form: boxes, comments, pictures, other articles."""
