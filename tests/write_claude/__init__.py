"""Tests of the Claude writer."""
