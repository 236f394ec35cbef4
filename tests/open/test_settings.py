"""The hardened settings are in force in this site's process, row by row."""

from settings_in_force import *  # noqa: F403 the same tests on both sites
