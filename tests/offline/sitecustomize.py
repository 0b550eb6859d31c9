"""Python loads a module of this name at every start: this is how child processes are cut off."""

import network_cut  # noqa: F401
