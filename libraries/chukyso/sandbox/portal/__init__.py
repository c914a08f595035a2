"""The replica portal, on Starlette and SQLite: ``app.create_portal`` builds it, ``model`` has its settings."""
