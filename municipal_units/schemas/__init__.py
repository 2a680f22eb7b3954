"""Questions and answers of the API about places, facilities, people, norms, files and accounts."""
