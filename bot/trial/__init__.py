"""The trial room: a Slack on one machine (`sandbox`), and its page in the browser (`room`)."""
