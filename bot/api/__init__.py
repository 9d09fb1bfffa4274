"""The way in for partners: whether a code is good, asked over HTTP."""
