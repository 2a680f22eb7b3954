"""Questions and answers of the API about works and about the town's picture."""
