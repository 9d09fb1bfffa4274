"""The ways in from Slack: Bolt, HTTP, Socket Mode."""
