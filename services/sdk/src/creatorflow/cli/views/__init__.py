"""The views of requests, results and quarantined messages: text, tables, Markdown."""
