"""The signals, one file each; `TRIGGERS` finds them."""
