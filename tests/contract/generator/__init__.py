"""Seeded random units, policies and submissions that stay inside the contract."""
