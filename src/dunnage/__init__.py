"""Container security over a container's whole life, as a library.

The verbs live in :mod:`dunnage.flows`; the values they take and give in :mod:`dunnage.model`.
"""

__version__ = "0.1.0"
