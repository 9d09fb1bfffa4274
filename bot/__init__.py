"""Godkjenningsbot, assembled: settings, servers, dispatcher, command line, sandbox."""
