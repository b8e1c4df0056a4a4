"""The data plane: DIMSE messages straight over the socket of an established association.

pynetdicom negotiates, releases and aborts; between that, one thread drives the socket here.
This package is the only code that touches what pynetdicom keeps to itself.
"""
