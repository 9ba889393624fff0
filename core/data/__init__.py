"""Price sources: each module registers its own."""
