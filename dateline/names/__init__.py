"""Lists of names: their files, and those that come with Dateline."""
