"""Programs around the provider that are not part of serving it; the command line hands them the registry."""
