"""The ways in from Slack: installing, Bolt, HTTP, Socket Mode."""
