"""The compiled loops: serial numba kernels that release the GIL and are cached on disk.

Each has a plain twin in the tests. Nothing here validates; the callers do.
"""
