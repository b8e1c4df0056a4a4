"""The other side of the interop tests: real DICOM peers as processes, and faulty ones made here."""
