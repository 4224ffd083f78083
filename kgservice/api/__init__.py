"""The answers that people act on, as JSON over HTTP. Every answer is also a question in ``queries/``."""
