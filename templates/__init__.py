"""Everything a person sees: texts, messages, views, and the ids by which they answer."""
