"""What a person runs by hand against arrays, without Terraform: the core's operations with the core's own guards.

Knows options, terminals and exit codes; what an array is asked for is the driver's affair.  How the driver is opened
from the provider's settings is handed in by the command line.
"""
