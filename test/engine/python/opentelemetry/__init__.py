"""Tracing that is never on."""
