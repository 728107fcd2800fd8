"""What a report looks like: on a terminal, on a page, for tools and for a grade sheet."""
