"""Many workspaces, one deployment: somebody installs the bot from a page, by Slack's OAuth."""
