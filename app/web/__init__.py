"""Pages for people: templates, texts in two languages, charts. What they show is made in ``app.services``."""
