"""Parts of a page that are not its story, each recognised by its form: boxes, comments, pictures, other articles."""
