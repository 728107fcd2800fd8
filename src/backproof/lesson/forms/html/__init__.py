"""The lesson as one HTML file that asks nobody for anything: no script, no request, pictures and font inside."""

from __future__ import annotations

from backproof.lesson.forms.html.page import fragment, page

__all__ = ["fragment", "page"]
