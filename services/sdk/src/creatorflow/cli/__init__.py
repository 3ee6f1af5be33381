"""The command line `creatorflow`. Modules are grouped by command; heavy imports are delayed until they are needed."""
