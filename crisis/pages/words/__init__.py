"""What pages call things, in the reader's language."""
