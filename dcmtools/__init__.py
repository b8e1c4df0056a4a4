"""DICOM network tools: SCU and SCP utilities on pydicom and pynetdicom."""

__version__ = "0.1.0"
