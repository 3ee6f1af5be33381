"""What an agent author and a client install: bus, agent runtime, client, command line."""
