"""Figures: pure functions from results to what is drawn, and their colours. Nothing here knows Panel."""
