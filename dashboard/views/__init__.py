"""One module a page: layout, and what keeps it up to date."""
