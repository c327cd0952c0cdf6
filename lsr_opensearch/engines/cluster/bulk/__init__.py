"""Bulk writing: nothing acknowledged is lost, nothing lost is silent."""
