"""What people are told by themselves: what it is about, to whom it goes, how it reads."""
