"""The policies of an assembly, one small function each, and the table that finds them by name."""
