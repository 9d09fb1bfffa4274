"""For whoever runs the bot: the command line, doctor, and how it is."""
