"""The pages of regions, directories and editions."""
