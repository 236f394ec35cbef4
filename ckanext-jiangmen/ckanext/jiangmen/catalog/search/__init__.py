"""How the catalogue is searched in Chinese; what stands in the index: ``index.py``."""
