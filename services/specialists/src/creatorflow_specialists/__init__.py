"""The eleven specialists: one service, with the agent chosen by an argument."""
