"""The messages of CreatorFlow Orchestrator, version 1, and the door they come through."""
