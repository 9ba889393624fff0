"""The page: state, forms, charts and views. It computes no finance."""
