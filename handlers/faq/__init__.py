"""The assistant that answers questions: what it has learnt, and how it finds the topic."""
