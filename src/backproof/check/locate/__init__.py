"""The first wrong line: where a backward value differs from the true gradient, and where another makes all right."""
