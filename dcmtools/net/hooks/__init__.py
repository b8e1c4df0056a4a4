"""Telling other programs what a server has received: commands and webhooks, never through a shell."""
