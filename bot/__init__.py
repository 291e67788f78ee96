"""Groundswell: a newsroom bot that can prove what it says."""
