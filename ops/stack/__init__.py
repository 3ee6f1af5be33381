"""`make stack`: the system of compose.yaml, built, used and hurt, from its first start to its end."""
