"""What makes the pages of ``docs/`` that are not written by hand, and what mkdocs calls when it builds the site."""
