"""What a manifest says: its parts and their fields, the one place where they are declared.

``evidence/manifest.json`` is these classes as JSON, name by name and in this order; ``docs/manifest.schema.json`` is
made from them, with the descriptions that stand in their docstrings. Within one schema version names and meanings only
get added: a field that older manifests lack is marked with ``ADDED`` and has as default what its absence means.
"""
