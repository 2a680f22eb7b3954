"""How any file becomes rows for an action: what an importer is, how columns are matched, what the sender gets back."""
