"""From rows and the audit chain to the report as data."""
