"""The eleven specialists: one service, the agent chosen by argument."""
