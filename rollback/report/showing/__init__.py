"""Ways of showing the report: Markdown, one HTML page, JSON, and a picture of its time."""
