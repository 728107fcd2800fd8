"""The forms in which a lesson is read: a page, a notebook, Markdown, a terminal."""
