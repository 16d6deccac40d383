"""Runs kept by a server: what a training machine writes locally is sent there, and read from there."""
