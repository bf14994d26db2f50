"""Alert sources: one file for each vendor, and what the doorway needs to know of it."""
