"""The driver's methods by subject: thin, each checks that it may act and hands the operation to its flow."""
