"""New values that go to nobody, or that replace what was learned."""
