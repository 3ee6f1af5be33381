"""The command line `creatorflow`: small modules by command group; nothing heavy is imported before it is needed."""
