"""Times the same training by backproof's engines, scikit-learn and a plain PyTorch loop: python -m benchmarks."""
