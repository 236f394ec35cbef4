"""质量: how good an entry is beyond the rules, and what would raise it.

The one place where quality is computed; pages only show it.
"""
