"""A Terraform provider and unified driver for IBM XIV-family and DS8000 arrays."""
