"""The bytes of the DICOM upper layer and of DIMSE that the data plane needs (PS3.7, PS3.8).

A pure codec: bytes in, values out, and back. No sockets, no threads, no datasets.
"""
