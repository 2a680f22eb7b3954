"""The pages: one file per subject, what they share in `town` and `reading`."""
