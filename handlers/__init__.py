"""What people do in Slack: `routes` is the table of it."""
