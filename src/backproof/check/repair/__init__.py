"""A fix is found by trying: small edits near the first wrong line, each run and proved."""
