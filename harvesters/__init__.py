"""Harvesters, one module per kind of source; they import the platform, never back."""
