"""The project file: store, journal, lease, migrations."""
