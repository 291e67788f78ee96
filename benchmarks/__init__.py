"""Benchmarks: what Groundswell measures about itself."""
