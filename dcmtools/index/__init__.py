"""The index of an archive: which SOP Instances it holds, and what C-FIND, C-GET and C-MOVE ask of them."""
