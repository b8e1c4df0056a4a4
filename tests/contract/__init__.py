"""The drop-in contract: our commands beside pynetdicom's apps, given the same command lines."""
